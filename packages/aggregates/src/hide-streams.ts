import { asEvent, type EventContext, isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';

/** Events to hide: those of a stream before a revision, or all of them (null). */
export interface HiddenStream {
  readonly stream: string;
  readonly before: number | null;
}

/** About 25 KB. */
const streamsPerEvent = 500;

/**
 * Records that events will be hidden, and waits until that is sealed: then everything before it is sealed as well, and the Merkle log explains
 * why the events are gone. Call it before the streams are truncated or tombstoned. Calling it again changes nothing but the length of the log.
 *
 * @param causeId the fact that demands it
 * @throws what the event store throws, and the signal's reason when it is aborted first
 */
export const beforeHiding = async (
  store: EventStore,
  hidden: readonly HiddenStream[],
  causeId: string,
  context: EventContext,
  signal: AbortSignal,
): Promise<void> => {
  const groups = Array.from({ length: Math.ceil(hidden.length / streamsPerEvent) }, (_, n) =>
    hidden.slice(n * streamsPerEvent, (n + 1) * streamsPerEvent),
  );
  for (const [n, group] of groups.entries()) {
    const data = {
      causeId,
      streams: group.map(({ stream, before }): [string, number | null] => [stream, before]),
    };
    const fact = asEvent({ type: 'EventsHidden', data }, context);
    const result = await store.append(streams.audit, 'any', [fact]);
    if (!result.ok) throw new Error(`${streams.audit} does not accept events (${result.reason}).`);
    if (n < groups.length - 1) continue;
    await untilSealed(store, { ...result, id: fact.id, stream: streams.audit }, signal);
  }
};

/**
 * Resolves when an event is a leaf of the Merkle log: then everything before it is one as well.
 *
 * @throws what the event store throws, and the signal's reason when it is aborted first
 */
export const untilSealed = async (
  store: EventStore,
  event: Pick<RecordedEvent, 'id' | 'stream' | 'revision' | 'position'>,
  signal: AbortSignal,
): Promise<void> => {
  const head = await store.head();
  if (!head) throw new Error('The log has become empty.');
  const from = { incarnation: head.incarnation, position: event.position, eventId: event.id };
  const filter = { types: ['LeavesSealed'] };
  for await (const message of store.subscribeToAll({ from, filter, signal, name: 'sealed' })) {
    if (message.kind !== 'event') continue;
    const sealing = parseEvent(message.event);
    if (!isEvent(sealing, 'LeavesSealed')) continue;
    const { streams: names, runs } = sealing.data;
    const isThere = runs.some(
      ([of, first, leaves]) => names[of] === event.stream && first + leaves > event.revision,
    );
    if (isThere) return;
  }
  signal.throwIfAborted();
  throw new Error('The subscription ended before the event was sealed.');
};
