import { z } from 'zod';

/**
 * A body as it is stored: `data` contains the bytes as UTF-8 text or as base64, whichever is shorter in JSON. `enc` names the encryption
 * of `data`; null: none.
 */
export const bodyEnvelopeSchema = z.object({
  enc: z.null(),
  encoding: z.enum(['utf8', 'base64']),
  data: z.string(),
});
export type BodyEnvelope = z.infer<typeof bodyEnvelopeSchema>;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The bytes decoded as UTF-8, including a byte order mark; null if they are not valid UTF-8. */
export const utf8Text = (bytes: Uint8Array): string | null => {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return null;
  }
};

/** Wraps the bytes so that `openBody` returns exactly the same bytes. */
export const wrapBody = (bytes: Uint8Array): BodyEnvelope => {
  const text = utf8Text(bytes);
  if (text !== null && jsonLength(text) <= base64Length(bytes.length)) {
    return { enc: null, encoding: 'utf8', data: text };
  }
  return { enc: null, encoding: 'base64', data: Buffer.from(bytes).toString('base64') };
};

export const openBody = (envelope: BodyEnvelope): Buffer => Buffer.from(envelope.data, envelope.encoding);

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** The length of the text as JSON in bytes, without the quotes. `JSON.stringify` is faster than checking each byte. */
const jsonLength = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;
