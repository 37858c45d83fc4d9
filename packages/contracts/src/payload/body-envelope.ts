import { z } from 'zod';

/** Not encrypted: `data` contains the bytes as UTF-8 text or as base64, whichever is shorter in JSON. */
const openBodySchema = z.object({
  enc: z.null(),
  encoding: z.enum(['utf8', 'base64']),
  data: z.string(),
});

/**
 * Encrypted, together with the arrival's headers, address and delivery name, by AES-256-GCM under the arrival's own key: the leaf at `place`
 * of the tree of the content key `key`.
 */
const encryptedBodySchema = z.object({
  enc: z.literal('A256GCM'),
  key: z.uuid(),
  /** 72 bits, hex. */
  place: z.string().regex(/^[0-9a-f]{18}$/),
  encoding: z.literal('base64'),
  /** The ciphertext with its tag. */
  data: z.string(),
});

/** What a reader gets in place of encrypted content whose key was destroyed. It is never stored. */
const erasedBodySchema = z.object({
  enc: z.literal('erased'),
  encoding: z.literal('utf8'),
  data: z.literal(''),
});

/** A body as it is stored or read. `enc` names the encryption of `data`; null: none. Since version 2 of the event it may be encrypted. */
export const bodyEnvelopeSchema = z.discriminatedUnion('enc', [
  openBodySchema,
  encryptedBodySchema,
  erasedBodySchema,
]);
export type BodyEnvelope = z.infer<typeof bodyEnvelopeSchema>;
export type EncryptedBody = z.infer<typeof encryptedBodySchema>;

export const erasedBody: BodyEnvelope = { enc: 'erased', encoding: 'utf8', data: '' };

/** An arrival as a reader gets it whose content is erased. */
export const withErasedContent = <Arrival extends { readonly dedupe: { readonly key: string | null } }>(
  arrival: Arrival,
) => ({
  ...arrival,
  ...{ sourceIp: null, contentType: null, headers: [] as [string, string][], body: erasedBody },
  dedupe: { ...arrival.dedupe, key: null },
});

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

/** Content was used as it is stored. Whoever shows content opens the event store with `openReadableLog`. */
class ContentEncrypted extends Error {
  readonly code = 'content_encrypted';

  constructor(key: string) {
    super(`The content is encrypted under the content key ${key} and was not decrypted before use.`);
    this.name = 'ContentEncrypted';
  }
}

/**
 * The bytes of a body; none of an erased one.
 *
 * @throws ContentEncrypted if it is still encrypted
 */
export const openBody = (envelope: BodyEnvelope): Buffer => {
  if (envelope.enc === 'A256GCM') throw new ContentEncrypted(envelope.key);
  return Buffer.from(envelope.data, envelope.encoding);
};

const base64Length = (bytes: number): number => Math.ceil(bytes / 3) * 4;

/** The length of the text as JSON in bytes, without the quotes. `JSON.stringify` is faster than checking each byte. */
const jsonLength = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;
