import { streamPrefixes, streams } from '@mission-control/contracts';
import type {
  EventStore,
  LogEntry,
  Position,
  RecordedEvent,
  StreamSettings,
} from '@mission-control/event-store';

const prefixes: readonly string[] = Object.values(streamPrefixes);
const names: readonly string[] = [
  streams.relay,
  streams.steward,
  streams.replays,
  streams.keyring,
  streams.signingKeys,
  streams.installation,
  streams.merkle,
  streams.audit,
  streams.auditVerifications,
];

/**
 * Whether a copy has the stream. Streams of other programs stay behind, and so does the progress of an earlier copy. A log may be shared
 * with them on EventStoreDB.
 */
export const isCopied = (stream: string): boolean =>
  names.includes(stream) || prefixes.some((prefix) => stream.startsWith(prefix));

/** Filters for a server. They let more pass than `isCopied`. */
export const copiedPrefixes: readonly string[] = [...prefixes, ...names];

export const streamOf = (entry: LogEntry): string =>
  entry.kind === 'visible' ? entry.event.stream : entry.stream;
/** The visible events that a copy has, in order. */
export async function* copiedEvents(
  store: EventStore,
  { after = 'start' as Position | 'start', upTo = null as Position | null } = {},
): AsyncGenerator<RecordedEvent, void> {
  for await (const event of store.readAll({ from: after })) {
    if (upTo !== null && event.position > upTo) return;
    if (isCopied(event.stream)) yield event;
  }
}

export const copiedSettings = async (store: EventStore): Promise<ReadonlyMap<string, StreamSettings>> => {
  const settings = new Map<string, StreamSettings>();
  for await (const one of store.streamSettings()) if (isCopied(one.stream)) settings.set(one.stream, one);
  return settings;
};
