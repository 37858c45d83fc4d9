import type { DomainEvent, EventContext } from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';

/** A fact that demands something. */
export type Occasion = DomainEvent & Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'recordedAt'>;

export interface DutyContext {
  readonly store: EventStore;
  readonly log: Logger;
}

/**
 * Something to be carried out after a fact, at the earliest `delayMs` after it was recorded. Carrying it out again changes nothing, so
 * that a crash at any line is mended by doing it once more.
 */
export interface Duty {
  readonly delayMs: number;
  readonly carryOut: (context: DutyContext) => Promise<void>;
}

/** Metadata of events that follow from an occasion. */
export const following = (occasion: Occasion): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'steward' },
  correlationId: occasion.metadata.correlationId,
  causationId: occasion.id,
  ...(occasion.metadata.traceparent && { traceparent: occasion.metadata.traceparent }),
});
