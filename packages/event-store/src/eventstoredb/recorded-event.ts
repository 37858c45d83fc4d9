import type { RecordedEvent } from '../port.ts';
import type { SentEvent } from './read-answer.ts';

/** Converts an event of the server. System events have a stream or a type that begins with `$`. */
export const toRecordedEvent = (event: SentEvent): RecordedEvent => ({
  id: event.id,
  type: event.type,
  data: contentOf(event.data, event.isJson),
  metadata: contentOf(event.metadata, true),
  stream: event.stream,
  revision: event.revision,
  position: event.position,
  recordedAt: timeOf(event.created),
});

export const bytesOf = ({ data, metadata }: SentEvent): number => data.length + metadata.length;
/** Other clients may append content that is not JSON to the same log. Such bytes are returned as base64, as in JSON. */
const contentOf = (bytes: Uint8Array, json: boolean): unknown => {
  if (bytes.length === 0) return null;
  if (!json) return Buffer.from(bytes).toString('base64');
  const text = textOf(bytes);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const textOf = ({ buffer, byteOffset, byteLength }: Uint8Array): string =>
  Buffer.from(buffer, byteOffset, byteLength).toString();

/** The server counts in units of 100 ns. Events arrive in order of time, many per millisecond. */
const timeOf = (ticks: string): string => {
  const milliseconds = Number(ticks.slice(0, -4));
  if (milliseconds !== lastTime.milliseconds) {
    lastTime = { milliseconds, text: new Date(milliseconds).toISOString() };
  }
  return lastTime.text;
};

let lastTime = { milliseconds: 0, text: '' };
