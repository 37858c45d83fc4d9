import { z } from 'zod';
import { bodyEnvelopeSchema } from '../payload/body-envelope.ts';
import { contentEncodingSchema } from '../payload/content/content-encoding.ts';
import { signatureSchemeSchema } from './webhook.ts';

export const payloadEvents = {
  /** One accepted request. The payload id is shared by all arrivals of what the sender calls the same delivery. */
  WebhookPayloadReceived: z.object({
    payloadId: z.uuid(),
    boardId: z.uuid(),
    webhookId: z.uuid(),
    /** Revision of the webhook's configuration in force on arrival. */
    webhookRevision: z.int().nonnegative(),
    receivedAt: z.iso.datetime(),
    sourceIp: z.string(),
    contentType: z.string().nullable(),
    /** All request headers in the order of arrival, names in lower case, secrets redacted. */
    headers: z.array(z.tuple([z.string(), z.string()])),
    body: bodyEnvelopeSchema,
    /** Bytes of the body as it arrived. */
    size: z.int().nonnegative(),
    /** Of the body's bytes, hex. */
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** How the body was encoded, and what it inflates to; absent: it arrived without content encoding. */
    inflated: z
      .object({
        encoding: contentEncodingSchema,
        /** Bytes of the content. */
        size: z.int().nonnegative(),
        /** Of the content's bytes, hex. */
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      })
      .optional(),
    verification: z.object({
      verdict: z.enum(['verified', 'unverified']),
      scheme: signatureSchemeSchema,
      /** Which of the two active secrets matched; absent where nothing was verified, and in events before secrets were rotated. */
      secret: z.enum(['current', 'previous']).optional(),
    }),
    dedupe: z.object({
      /** The sender's own name of the delivery. */
      key: z.string().nullable(),
      /** Where the key was read: `header:<name>` or `body:<JSON pointer>`. */
      source: z.string().nullable(),
      windowSeconds: z.int().positive(),
    }),
    /** 128 random bits, hex: marks the borders of external data in texts for agents. */
    fence: z.string().regex(/^[0-9a-f]{32}$/),
  }),
};
export type WebhookPayloadReceived = z.infer<typeof payloadEvents.WebhookPayloadReceived>;
