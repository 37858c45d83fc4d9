import type { RecordedEvent } from '../port.ts';
import type { ReadResp } from './protocol.ts';

/** What decides whether an event is wanted. */
export const headOf = (event: ReadResp.ReadEvent.RecordedEvent) => ({
  id: event.getId()?.getString() ?? '',
  type: event.getMetadataMap().get('type') ?? '',
  stream: textOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()),
  position: BigInt(event.getCommitPosition()),
});

/** Converts an event of the server. System events have a stream or a type that begins with `$`. */
export const toRecordedEvent = (event: ReadResp.ReadEvent.RecordedEvent): RecordedEvent => {
  const properties = event.getMetadataMap();
  const json = properties.get('content-type') === 'application/json';
  return {
    id: event.getId()?.getString() ?? '',
    type: properties.get('type') ?? '',
    data: contentOf(event.getData_asU8(), json),
    metadata: contentOf(event.getCustomMetadata_asU8(), true),
    stream: textOf(event.getStreamIdentifier()?.getStreamName_asU8() ?? new Uint8Array()),
    revision: Number(event.getStreamRevision()),
    position: BigInt(event.getCommitPosition()),
    recordedAt: timeOf(properties.get('created') ?? ''),
  };
};

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
