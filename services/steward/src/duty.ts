import type { ContentKeys } from '@mission-control/content-keys';
import type { DomainEvent, EventContext } from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import { traceparentOf } from '@mission-control/telemetry';
import type { StewardMetrics } from './metrics.ts';

/** A fact that may demand a duty. */
export type Occasion = DomainEvent & Pick<RecordedEvent, 'stream' | 'revision' | 'position'>;

export interface DutyContext {
  /** Content is readable in it. */
  readonly store: EventStore;
  /** The event store as it is, with encrypted content: leaves of the Merkle log are over these bytes. */
  readonly asStored: EventStore;
  readonly keys: Pick<ContentKeys, 'destroyAll'>;
  readonly log: Logger;
  readonly metrics: StewardMetrics;
  /** Where the newest signed checkpoint is kept outside the event store. */
  readonly anchorFile: string | undefined;
  /** Aborted when the steward stops working. */
  readonly signal: AbortSignal;
}

/**
 * Work that a fact demands. It runs no earlier than `delayMs` after the fact was read. Running it again changes nothing, so
 * the steward recovers from a crash at any line by running it again.
 */
export interface Duty {
  readonly delayMs: number;
  /** It may take seconds, and there may be many of them: other duties do not wait for it. */
  readonly isLong?: boolean;
  /** It reads the whole log: no other duty waits for it. */
  readonly isVerification?: boolean;
  readonly run: (context: DutyContext) => Promise<void>;
}

/** Metadata of the events that follow from an occasion. */
export const following = (occasion: Occasion): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'steward' },
  correlationId: occasion.metadata.correlationId,
  causationId: occasion.id,
  ...traceOf(occasion),
});

/** Of the duty that runs now, if traces are exported. */
const traceOf = ({ metadata }: Occasion): Pick<EventContext, 'traceparent'> => {
  const traceparent = traceparentOf() ?? metadata.traceparent;
  return traceparent ? { traceparent } : {};
};
