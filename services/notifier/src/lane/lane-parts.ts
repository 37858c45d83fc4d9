import type { AggregateCache } from '@mission-control/aggregates';
import type { EventStore } from '@mission-control/event-store';
import type { LaneOwnership } from '@mission-control/messaging';
import type { Logger } from '@mission-control/runtime';
import type { IPolicy } from 'cockatiel';
import type { NotifierMetrics } from '../metrics.ts';
import type { OpenclawGatewayGates } from '../openclaw-gateways/gates.ts';
import type { AgentThrottle } from '../openclaw-gateways/throttle.ts';
import type { ReadLinks } from '../sending/read-links.ts';
import type { RetryPolicy } from '../sending/retries.ts';
import type { ReadAhead } from './read-ahead.ts';

/** What all lanes of the process share. */
export interface NotifierParts {
  readonly store: EventStore;
  /** Where the log was last marked as restored or copied; null: never. */
  readonly restoredAt: bigint | null;
  /** Limits how many deliveries are read at once, across all sessions. */
  readonly reads: Pick<IPolicy, 'execute'>;
  readonly readAhead: ReadAhead;
  readonly cache: AggregateCache;
  readonly gates: OpenclawGatewayGates;
  readonly throttle: AgentThrottle;
  readonly policy: RetryPolicy;
  readonly baseUrl: string;
  readonly readLinks: ReadLinks;
  readonly answerTimeoutMs: number;
  /** How long a delivery waits for its OpenClaw gateway, counted from its cause. */
  readonly longestWaitMs: number;
  readonly times: NotifierTimes;
  readonly metrics: NotifierMetrics;
  readonly log: Logger;
}

/** What the sessions of a lane share. */
export interface LaneParts extends NotifierParts {
  readonly ownership: Pick<LaneOwnership, 'lane' | 'signal' | 'owned'>;
}

/** Milliseconds. */
export interface NotifierTimes {
  /** After this long without a trace at the OpenClaw gateway, an acknowledged message counts as forgotten. */
  readonly forgottenAfter: number;
  /** The longest time that a run is followed. */
  readonly longestRun: number;
  /** A run that the OpenClaw gateway has known nothing about for this long is given up. */
  readonly unknownRun: number;
  /** The first pause between two queries about a run. It doubles each time. */
  readonly askAboutRun: number;
}

export const notifierTimes: NotifierTimes = {
  forgottenAfter: 10_000,
  longestRun: 30 * 60_000,
  unknownRun: 60_000,
  askAboutRun: 30_000,
};
