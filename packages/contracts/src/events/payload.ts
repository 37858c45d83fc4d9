import { z } from 'zod';
import { bodyEnvelopeSchema } from '../payload/body-envelope.ts';
import { contentEncodingSchema } from '../payload/content/content-encoding.ts';
import { signatureSchemeSchema } from './webhook-settings.ts';

export const payloadEvents = {
  /**
   * One accepted request. All arrivals of what the sender calls the same delivery have the same payload id.
   *
   * Since version 2, its content may be encrypted. Then `body` has all of it, and the other members with content are empty until a reader
   * decrypts it: `sourceIp`, `contentType` and `dedupe.key` are null, and `headers` is `[]`. If the content was erased, they stay so.
   */
  WebhookPayloadReceived: z.object({
    payloadId: z.uuid(),
    boardId: z.uuid(),
    webhookId: z.uuid(),
    /** Revision of the webhook's configuration that was used for this request. */
    webhookRevision: z.int().nonnegative(),
    receivedAt: z.iso.datetime(),
    sourceIp: z.string().nullable(),
    contentType: z.string().nullable(),
    /** All request headers in their original order, names in lower case, secrets redacted. */
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: bodyEnvelopeSchema,
    /** Size of the body as received, in bytes. */
    size: z.int().nonnegative(),
    /** SHA-256 of the body's bytes, hex. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** How the body was encoded, and what it inflates to; absent: it had no content encoding. */
    inflated: z
      .object({
        encoding: contentEncodingSchema,
        /** Size of the content in bytes. */
        size: z.int().nonnegative(),
        /** SHA-256 of the content's bytes, hex. */
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      })
      .optional(),
    verification: z.object({
      verdict: z.enum(['verified', 'unverified']),
      scheme: signatureSchemeSchema,
      /** Which of the two active secrets matched; absent if nothing was verified, and in events older than secret rotation. */
      secret: z.enum(['current', 'previous']).optional(),
    }),
    dedupe: z.object({
      /** The delivery name: the sender's own name of the delivery. */
      key: z.string().nullable(),
      /** Where the key was read: `header:<name>` or `body:<JSON pointer>`. */
      source: z.string().nullable(),
      windowSeconds: z.int().positive(),
    }),
    /** 128 random bits, hex. They mark the beginning and the end of external data in texts for agents. */
    fence: z.string().regex(/^[0-9a-f]{32}$/),
  }),
};
export type WebhookPayloadReceived = z.infer<typeof payloadEvents.WebhookPayloadReceived>;
