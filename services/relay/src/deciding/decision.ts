import type { DomainEvent } from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';
import type { Waiting } from '../coalescing/coalescing.ts';

export type RecordedArrival = DomainEvent<'WebhookPayloadReceived'> & Pick<RecordedEvent, 'revision'>;

/**
 * What becomes of a delivery that an arrival caused:
 *
 * - `publish`: its reference is published.
 * - `settled`: it has its outcome, so nothing is published for it.
 * - otherwise it waits for others, to be told together. It stays outstanding until an event settles it.
 */
export type Decision = 'publish' | 'settled' | Waiting;

export interface ArrivalOfWebhook {
  readonly webhookId: string;
  /** The webhook's revision at receipt, whose rules apply. */
  readonly webhookRevision: number;
  /** A relay has recorded that the agent is told of it alone, because it has no key. */
  readonly toldAlone: boolean;
  /** Reads the event, if the rules need it. null: it is gone. */
  readonly read: () => Promise<RecordedArrival | null>;
}

/** The decision about an arrival. Only a promise if there is something to find out: a webhook without rules costs nothing. */
export type Decide = (arrival: ArrivalOfWebhook) => Decision | Promise<Decision>;
