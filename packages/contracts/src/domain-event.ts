import { type EventData, type EventType, eventSchemas, type Fact } from './events/catalogue.ts';
import { newOrderedId } from './ids.ts';
import { type EventContext, type EventMetadata, eventMetadataSchema } from './metadata.ts';
import { storedVersion, upcast } from './upcasting.ts';

/** An event with id and metadata, ready to append. */
export type DomainEvent<T extends EventType = EventType> = {
  [K in T]: { id: string; type: K; data: EventData<K>; metadata: EventMetadata };
}[T];

/** An event as the event store returns it, before it is parsed. */
interface StoredEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: unknown;
}

/** Gives a fact an id (UUIDv7 by default) and metadata with the schema version that its data needs. */
export const asEvent = <T extends EventType>(
  fact: Fact<T>,
  context: EventContext,
  id: string = newOrderedId(),
): DomainEvent<T> =>
  ({
    id,
    type: fact.type,
    data: fact.data,
    metadata: { schemaVersion: storedVersion(fact.type, fact.data), ...context },
  }) as DomainEvent<T>;

/**
 * When a stored event happened, ISO-8601 UTC, without parsing the rest of it. The time at which the store recorded it is not used: in a copy
 * of a log that is the time of the copy.
 */
export const occurredAtOf = ({ metadata }: Pick<StoredEvent, 'metadata'>): string =>
  (metadata as EventMetadata).occurredAt;

/** Narrows a parsed event to the given types. */
export const isEvent = <T extends EventType>(
  event: { type: EventType },
  ...types: readonly T[]
): event is DomainEvent<T> => (types as readonly EventType[]).includes(event.type);

/**
 * Parses an event that was read from the event store: upcasts its data to the newest version and validates it. Other fields of the record
 * (stream, revision, position) are kept.
 *
 * @throws UnknownEventType for a type this release does not know
 * @throws EventVersionTooNew for a version this release does not know
 * @throws ZodError for data that does not match its schema
 */
export const parseEvent = <R extends StoredEvent>(
  recorded: R,
): Omit<R, 'type' | 'data' | 'metadata'> & DomainEvent => {
  const schema = (eventSchemas as Record<string, (typeof eventSchemas)[EventType] | undefined>)[
    recorded.type
  ];
  if (!schema) throw new UnknownEventType(recorded.type);
  const metadata = eventMetadataSchema.parse(recorded.metadata);
  const data = schema.parse(upcast(recorded.type, metadata.schemaVersion, recorded.data));
  return { ...recorded, data, metadata } as Omit<R, 'type' | 'data' | 'metadata'> & DomainEvent;
};

export class UnknownEventType extends Error {
  readonly code = 'unknown_event_type';

  constructor(type: string) {
    super(`This release does not know events of type ${type}. Upgrade the service.`);
    this.name = 'UnknownEventType';
  }
}
