import { z } from 'zod';

/**
 * A body as it is stored: `data` holds the bytes as UTF-8 text or as base64, whichever is shorter in JSON.
 * `enc` names the encryption of `data`; null: none.
 */
export const bodyEnvelopeSchema = z.object({
  enc: z.null(),
  encoding: z.enum(['utf8', 'base64']),
  data: z.string(),
});
export type BodyEnvelope = z.infer<typeof bodyEnvelopeSchema>;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that these bytes spell in UTF-8, byte order mark kept; null when they spell none. */
export const utf8Text = (bytes: Uint8Array): string | null => {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
};

/** Wraps the bytes so that `openBody` gives back exactly these bytes. */
export const wrapBody = (bytes: Uint8Array): BodyEnvelope => {
  const text = utf8Text(bytes);
  if (text !== null && bytes.length + jsonEscapeOverhead(bytes) <= base64Length(bytes.length)) {
    return { enc: null, encoding: 'utf8', data: text };
  }
  return { enc: null, encoding: 'base64', data: Buffer.from(bytes).toString('base64') };
};

export const openBody = (envelope: BodyEnvelope): Buffer => Buffer.from(envelope.data, envelope.encoding);

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** Bytes that JSON adds to this text: one for `"`, `\` and the short escapes, five for other control characters. */
const jsonEscapeOverhead = (bytes: Uint8Array): number => {
  let overhead = 0;
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) overhead += 1;
    else if (byte < 0x20) overhead += shortEscapes.has(byte) ? 1 : 5;
  }
  return overhead;
};

const shortEscapes = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d]);
