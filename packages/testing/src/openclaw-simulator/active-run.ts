import { randomUUID } from 'node:crypto';
import type { ReceivedMessage } from './messages.ts';
import {
  answered,
  failed,
  heartbeat,
  type RunEnding,
  type RunOutcome,
  timedOut,
  withoutReply,
} from './run-outcome.ts';

export interface ActiveRun {
  readonly runId: string;
  /** The message whose request began the run. Runs out of the queue have none. */
  readonly request: ReceivedMessage | null;
  readonly timeoutMs: number | undefined;
  readonly startedAt: number;
  /** The row of its message is written. */
  running: boolean;
  readonly texts: string[];
}

/** A run that a request begins has the request's key as its id. */
export const runOf = (request: ReceivedMessage, timeoutMs?: number): ActiveRun => ({
  runId: request.idempotencyKey,
  request,
  timeoutMs,
  startedAt: Date.now(),
  running: false,
  texts: [],
});

/** No client knows its id. */
export const runWithoutRequest = (): ActiveRun => ({
  runId: randomUUID(),
  request: null,
  timeoutMs: undefined,
  startedAt: Date.now(),
  running: true,
  texts: [],
});

export const agentOf = ({ request }: ActiveRun) => (request ? { agentId: 'main' } : {});

/** @param seq position of its last event */
export const endOf = (run: ActiveRun, sessionId: string, seq: number) => ({
  runId: run.runId,
  sessionId,
  seq,
  ...agentOf(run),
});

export type Reached = Exclude<RunOutcome, { kind: 'never_ends' }>;

export const endingOf = (run: ActiveRun, sessionId: string, outcome: Reached): RunEnding => {
  const end = endOf(run, sessionId, run.request ? 9 : 10);
  switch (outcome.kind) {
    case 'ok':
      return answered(end, run.texts);
    case 'error':
      return failed(end, outcome);
    case 'no_reply':
      return outcome.model === 'heartbeat' ? heartbeat(end) : withoutReply(end, outcome.model ?? 'silent');
    case 'timed_out':
      return timedOut(end);
  }
};
