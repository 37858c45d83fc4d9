import { promisify } from 'node:util';
import {
  gunzip,
  gunzipSync,
  type InputType,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
  type ZlibOptions,
} from 'node:zlib';
import { z } from 'zod';

/** The content encodings (RFC 9110, 8.4.1) that a webhook can allow. */
export const contentEncodingSchema = z.enum(['gzip', 'deflate']);
export type ContentEncoding = z.infer<typeof contentEncodingSchema>;

/** The bytes do not match their declared encoding: they are in another format, truncated, damaged, or followed by other bytes. */
export class MalformedEncoding extends Error {
  override readonly name = 'MalformedEncoding';
}

/** The content is larger than the caller accepts. */
export class ContentTooLarge extends Error {
  override readonly name = 'ContentTooLarge';
}

/** With `info: true`, zlib also returns its engine, which counts the bytes that it has read. Node's types do not cover that. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}
type Options = ZlibOptions & { readonly info: true };
type Inflate = (bytes: InputType, options: Options) => Promise<Inflated>;
type InflateSync = (bytes: InputType, options: Options) => Inflated;

const algorithms = {
  gzip: [promisify(gunzip) as unknown as Inflate, gunzipSync as unknown as InflateSync],
  zlib: [promisify(inflate) as unknown as Inflate, inflateSync as unknown as InflateSync],
  raw: [promisify(inflateRaw) as unknown as Inflate, inflateRawSync as unknown as InflateSync],
} as const;

/**
 * `deflate` is the zlib format, but some senders use that name for the raw format (RFC 9110, 8.4.1.2). The zlib header distinguishes the
 * two.
 */
const algorithmOf = (bytes: Uint8Array, encoding: ContentEncoding): keyof typeof algorithms => {
  if (encoding === 'gzip') return 'gzip';
  const [first = 0, second = 0] = bytes;
  return (first & 0x0f) === 8 && (first * 256 + second) % 31 === 0 ? 'zlib' : 'raw';
};

/**
 * Inflates an encoded body outside the event loop's thread.
 *
 * @throws MalformedEncoding, ContentTooLarge
 */
export const inflateContent = async (
  bytes: Uint8Array,
  encoding: ContentEncoding,
  maxBytes: number,
): Promise<Buffer> => {
  const [run] = algorithms[algorithmOf(bytes, encoding)];
  try {
    return whole(await run(bytes, options(maxBytes)), bytes);
  } catch (error) {
    throw explained(error, encoding, maxBytes);
  }
};

/**
 * Like `inflateContent`, but in the caller's thread, for pure functions of an event.
 *
 * @throws MalformedEncoding, ContentTooLarge
 */
export const inflateContentSync = (
  bytes: Uint8Array,
  encoding: ContentEncoding,
  maxBytes: number,
): Buffer => {
  const [, run] = algorithms[algorithmOf(bytes, encoding)];
  try {
    return whole(run(bytes, options(maxBytes)), bytes);
  } catch (error) {
    throw explained(error, encoding, maxBytes);
  }
};

/** zlib does not accept a limit of 0. */
const options = (maxBytes: number): Options => ({ maxOutputLength: Math.max(1, maxBytes), info: true });

/** Checks that the data fills all bytes, because zlib ignores any bytes after the end of the data. */
const whole = ({ buffer, engine }: Inflated, bytes: Uint8Array): Buffer => {
  if (engine.bytesWritten !== bytes.length) throw new MalformedEncoding('Bytes follow the end of the data.');
  return buffer;
};

const explained = (error: unknown, encoding: ContentEncoding, maxBytes: number): Error =>
  (error as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE'
    ? new ContentTooLarge(`The content has more than ${maxBytes} bytes.`, { cause: error })
    : new MalformedEncoding(`The bytes are not ${encoding}.`, { cause: error });
