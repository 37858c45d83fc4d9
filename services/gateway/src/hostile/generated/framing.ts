import fc from 'fast-check';
import { latin1 } from '../bytes.ts';

/** How a body is declared and sent. */
export interface Framing {
  readonly lines: readonly string[];
  readonly sent: Buffer;
  /** What is stored if the request is accepted. */
  readonly body: Buffer;
  /** Fewer bytes are sent than declared, so the request must not be accepted. */
  readonly unfinished: boolean;
  /** It is not certain where the next request begins. */
  readonly dirty: boolean;
}

const valid = (body: Buffer, lines: readonly string[], sent: Buffer): Framing => ({
  lines,
  sent,
  body,
  unfinished: false,
  dirty: false,
});
const dirty = (body: Buffer, lines: readonly string[], sent: Buffer): Framing => ({
  ...valid(body, lines, sent),
  dirty: true,
});
const unfinished = (body: Buffer, lines: readonly string[], sent: Buffer): Framing => ({
  ...dirty(body, lines, sent),
  unfinished: true,
});

const chunk = (data: Buffer, size: string, extension = ''): Buffer =>
  Buffer.concat([latin1(`${size}${extension}\r\n`), data, latin1('\r\n')]);
const hex = (data: Buffer) => data.length.toString(16);
const lastChunk = latin1('0\r\n\r\n');
const byLength = (body: Buffer) => [`Content-Length: ${body.length}`];
const byChunks = ['Transfer-Encoding: chunked'];
/** The body as one chunk, followed by the last chunk. An empty chunk would already be the last one. */
const whole = (body: Buffer) =>
  Buffer.concat(body.length === 0 ? [lastChunk] : [chunk(body, hex(body)), lastChunk]);

/** Chunks of various sizes, written in various ways. */
const chunks = (body: Buffer): fc.Arbitrary<Framing> =>
  fc
    .record({
      every: fc.integer({ min: 1, max: 300 }),
      upper: fc.boolean(),
      zeros: fc.constantFrom('', '0', '0000'),
      extension: fc.constantFrom('', ';a', ';a=b', ';a="b c"'),
      trailer: fc.constantFrom('', 'X-Trailer: a\r\n', 'X-Hub-Signature-256: a\r\n'),
    })
    .map(({ every, upper, zeros, extension, trailer }) => {
      const parts: Buffer[] = [];
      for (let at = 0; at < body.length; at += every) {
        const data = body.subarray(at, at + every);
        const size = `${zeros}${hex(data)}`;
        parts.push(chunk(data, upper ? size.toUpperCase() : size, extension));
      }
      return valid(body, byChunks, Buffer.concat([...parts, latin1(`0\r\n${trailer}\r\n`)]));
    });

const odd = (body: Buffer): fc.Arbitrary<Framing> => {
  const size = body.length;
  const lengths = [`+${size}`, `-${size}`, `0x${hex(body)}`, `${size}, ${size}`, `${size}.0`, `${size}a`, ''];
  const codings = ['gzip', 'identity', 'gzip, chunked', 'chunked, chunked', 'xchunked', 'chunked;q=1', ''];
  const sizes = ['0x', '+', '-', ' ', 'z', ''].map((before) => `${before}${before === '' ? '' : hex(body)}`);
  return fc.oneof(
    fc.constantFrom(...lengths).map((length) => dirty(body, [`Content-Length: ${length}`], body)),
    fc.constantFrom(...codings).map((coding) => dirty(body, [`Transfer-Encoding: ${coding}`], whole(body))),
    fc.constantFrom(...sizes).map((before) => dirty(body, byChunks, chunk(body, before))),
    fc.constantFrom(
      valid(body, [`Content-Length: 000${size}`], body),
      dirty(body, [...byLength(body), ...byLength(body)], body),
      dirty(body, [...byLength(body), `Content-Length: ${size + 1}`], body),
      dirty(body, [...byLength(body), ...byChunks], whole(body)),
      dirty(body, [...byChunks, ...byLength(body)], whole(body)),
      dirty(body, byLength(body), Buffer.concat([body, latin1('\0garbage')])),
      dirty(body, byChunks, Buffer.concat([whole(body), latin1('\0garbage')])),
      dirty(Buffer.alloc(0), [], body),
      unfinished(body, [`Content-Length: ${size + 1}`], body),
      unfinished(body, ['Content-Length: 99999'], body),
      unfinished(body, byChunks, whole(body).subarray(0, -2)),
      unfinished(body, byChunks, latin1(`${(size + 1).toString(16)}\r\n`)),
    ),
  );
};

/** Mostly valid. */
export const framingOf = (body: Buffer): fc.Arbitrary<Framing> =>
  fc.oneof(
    { weight: 10, arbitrary: fc.constant(valid(body, byLength(body), body)) },
    { weight: 8, arbitrary: chunks(body) },
    { weight: 3, arbitrary: odd(body) },
  );
