import fc from 'fast-check';
import type { TestWebhook } from '../../testing/test-gateway.ts';
import { latin1 } from '../bytes.ts';
import { framingOf } from './framing.ts';
import { hostLines, plainHeaders, requestLine, signatureLines, usually } from './head.ts';

/** A request as bytes, and what is known about it without parsing it like a server. */
export interface GeneratedRequest {
  readonly bytes: Buffer;
  /** What is stored if the request is accepted. */
  readonly body: Buffer;
  /** It must not be accepted, because some of the declared bytes are never sent. */
  readonly unfinished: boolean;
  /** No request follows it on its connection. */
  readonly last: boolean;
}

export interface Webhooks {
  readonly open: TestWebhook;
  readonly disabled: TestWebhook;
  /** With the scheme `hmac` and this secret. */
  readonly signed: TestWebhook;
  readonly secret: string;
  readonly maxBytes: number;
}

const asBuffer = (bytes: Uint8Array | string): Buffer => Buffer.from(bytes as string);

const bodies = (maxBytes: number): fc.Arbitrary<Buffer> =>
  fc.oneof(
    { weight: 8, arbitrary: fc.json({ maxDepth: 3 }).map(asBuffer) },
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: 300 }).map(asBuffer) },
    { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 100 }).map(asBuffer) },
    { weight: 1, arbitrary: fc.constant(Buffer.alloc(0)) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: maxBytes - 1, max: maxBytes + 1 }).map((size) => Buffer.alloc(size, '[')),
    },
  );

/** Changes one byte of the head. */
const mutation = fc.option(fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }) }), { freq: 12 });

const headOf = (lines: readonly string[], mutated: { at: number; byte: number } | null): Buffer => {
  const head = latin1(lines.join('\r\n'));
  if (mutated) head[mutated.at % head.length] = mutated.byte;
  return head;
};

/** Almost valid requests. Each part is usually right, so that many reach the store. */
export const generatedRequests = (webhooks: Webhooks): fc.Arbitrary<GeneratedRequest> => {
  const { open, disabled, signed, secret, maxBytes } = webhooks;
  return fc
    .tuple(usually(fc.constantFrom(open, open, signed), fc.constant(disabled)), bodies(maxBytes))
    .chain(([webhook, body]) =>
      framingOf(body).chain((framing) =>
        fc.record({
          framing: fc.constant(framing),
          line: requestLine(webhook),
          host: hostLines,
          plain: plainHeaders,
          signature: webhook === signed ? signatureLines(secret, framing.body) : fc.constant([]),
          mutated: usually(fc.constant(null), mutation, 10),
          last: usually(fc.constant(false), fc.constant(true), 5),
        }),
      ),
    )
    .map(({ framing, line, host, plain, signature, mutated, last }) => ({
      // The lines that declare the body come last and stay unchanged, so that it is known whether the bytes sent match them.
      bytes: Buffer.concat([
        headOf([line, ...host, ...plain, ...signature], mutated),
        latin1(`\r\n${framing.lines.map((text) => `${text}\r\n`).join('')}\r\n`),
        framing.sent,
      ]),
      body: framing.body,
      unfinished: framing.unfinished,
      last: last || framing.dirty || mutated !== null,
    }));
};
