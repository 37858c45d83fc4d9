import { type EventData, isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, NewEvent, Position, RecordedEvent } from '@mission-control/event-store';
import type { Place } from '../log/events.ts';

type Checkpoint = EventData<'RelayLowWaterMarkMoved' | 'StewardPlaceMoved' | 'ReplaysPlaceMoved'>;

const checkpointStreams: readonly string[] = [streams.relay, streams.steward, streams.replays];

/** Whether the stream's events name positions in the log. */
export const holdsCheckpoints = (stream: string): boolean => checkpointStreams.includes(stream);

/** null: the event names no position in the log with this incarnation. */
export const checkpointIn = (recorded: RecordedEvent, incarnation: string): Checkpoint | null => {
  if (!holdsCheckpoints(recorded.stream)) return null;
  const event = parseEvent(recorded);
  if (!isEvent(event, 'RelayLowWaterMarkMoved', 'StewardPlaceMoved', 'ReplaysPlaceMoved')) return null;
  return event.data.incarnation === incarnation ? event.data : null;
};

/** The positions that visible events of the log name, in order. There are few: only the last checkpoints of each reader are visible. */
export const namedPositions = async (store: EventStore, incarnation: string): Promise<Position[]> => {
  const positions = new Set<Position>();
  for (const stream of checkpointStreams) {
    for await (const event of store.readStream(stream)) {
      const checkpoint = checkpointIn(event, incarnation);
      if (checkpoint) positions.add(BigInt(checkpoint.position));
    }
  }
  return [...positions].sort((one, other) => (one < other ? -1 : 1));
};

/**
 * The event for the target. A checkpoint becomes that of the last event that was copied up to its position. One of another incarnation is
 * left as it is: its reader begins at the start of the log, as it did in the source.
 */
export const translated = (
  event: RecordedEvent,
  from: string,
  to: string,
  placeOf: (position: Position) => Place,
): NewEvent => {
  const { id, type, data, metadata } = event;
  const checkpoint = checkpointIn(event, from);
  if (!checkpoint) return { id, type, data, metadata };
  const { position, eventId } = placeOf(BigInt(checkpoint.position));
  return { id, type, data: { ...checkpoint, incarnation: to, position: `${position}`, eventId }, metadata };
};
