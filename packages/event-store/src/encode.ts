import { canonicalJson } from '@mission-control/merkle';
import { EventTooLarge } from './errors.ts';
import type { ExpectedRevision, NewEvent, StreamMetadata } from './port.ts';

/**
 * An event as it is sent. It is serialized once, when `append` is called, so later changes by the caller have no effect. The texts are
 * canonical, as its leaf in the Merkle log covers them: a verifier can hash what is stored.
 */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
  /** UTF-8 bytes of data and metadata. */
  readonly bytes: number;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const longestName = 500;

/** Throws a TypeError for a name that no event store can hold: an error of the caller, not of the store. */
export const checkStreamName = (stream: string): void => checkName('stream name', stream);

export const checkExpectedRevision = (expected: ExpectedRevision): void => {
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0)) {
    throw new TypeError(`expected revision must be an integer of at least 0, not ${expected}`);
  }
};

export const checkStreamMetadata = (metadata: StreamMetadata): void => {
  const least = { maxCount: 1, maxAgeSeconds: 1, truncateBefore: 0 };
  for (const name of ['maxCount', 'maxAgeSeconds', 'truncateBefore'] as const) {
    const value = metadata[name];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least[name])) {
      throw new TypeError(`${name} must be an integer of at least ${least[name]}, not ${value}`);
    }
  }
};

/** `limit` is in bytes and applies to the whole append. */
export const encodeEvents = (events: readonly NewEvent[], limit: number): readonly EncodedEvent[] => {
  if (events.length === 0) throw new TypeError('an append needs at least one event');
  let total = 0;
  const encoded = events.map((event) => {
    const one = encodeEvent(event);
    total += one.bytes;
    return one;
  });
  if (total > limit) {
    throw new EventTooLarge(`an append of ${total} bytes is larger than the limit of ${limit} bytes`);
  }
  return encoded;
};

const encodeEvent = (event: NewEvent): EncodedEvent => {
  if (!uuid.test(event.id)) throw new TypeError(`event id must be a UUID, not ${JSON.stringify(event.id)}`);
  checkName('event type', event.type);
  const data = toJson('data', event.data);
  const metadata = toJson('metadata', event.metadata);
  const bytes = Buffer.byteLength(data) + Buffer.byteLength(metadata);
  return { id: event.id.toLowerCase(), type: event.type, data, metadata, bytes };
};

const toJson = (field: string, value: unknown): string => {
  const json = stringify(value);
  if (json === undefined) throw new TypeError(`event ${field} must be JSON-safe, not ${typeof value}`);
  return json;
};

const stringify = (value: unknown): string | undefined => {
  try {
    return canonicalJson(value);
  } catch (cause) {
    throw new TypeError('event data and metadata must be JSON-safe', { cause });
  }
};

const checkName = (what: string, name: string): void => {
  if (name.length === 0 || name.length > longestName) {
    throw new TypeError(`${what} must have 1 to ${longestName} characters, not ${name.length}`);
  }
  if (name.startsWith('$'))
    throw new TypeError(`${what} must not begin with $, which names system streams and events`);
  if (!name.isWellFormed() || name.includes('\0'))
    throw new TypeError(`${what} must be well-formed text without NUL`);
};
