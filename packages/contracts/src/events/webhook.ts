import { z } from 'zod';
import { contentEncodingSchema } from '../payload/content/content-encoding.ts';
import { encryptedSecretSchema } from './encrypted-secret.ts';

const webhookId = z.uuid();
const boardId = z.uuid();

/** How a sender proves that a request is its own. */
export const signatureSchemeSchema = z.enum([
  'hmac',
  'github',
  'stripe',
  'standard-webhooks',
  'slack',
  'shopify',
  'gitlab',
  'token',
  'none',
]);
export type SignatureScheme = z.infer<typeof signatureSchemeSchema>;

/**
 * Where the sender's own name of a delivery is read: at the place that the scheme fixes, nowhere, in a header (lower case), or at a JSON
 * pointer (RFC 6901) into the body.
 */
const dedupeSchema = z.union([
  z.enum(['scheme', 'off']),
  z.templateLiteral(['header:', z.string()]),
  z.templateLiteral(['body:/', z.string()]),
]);
export type Dedupe = z.infer<typeof dedupeSchema>;

/**
 * Whether arrivals with the same name and different bodies are one payload. It matters only for names that the signature covers: other
 * names identify together with the body in any case.
 */
export const dedupeDifferingSchema = z.enum(['same', 'separate']);
export type DedupeDiffering = z.infer<typeof dedupeDifferingSchema>;

/** What Stripe, Slack and Standard Webhooks recommend. */
export const defaultTimestampToleranceSeconds = 300;

const settings = {
  description: z.string(),
  enabled: z.boolean(),
  /** null: the board's lead. */
  agentId: z.uuid().nullable(),
  secret: encryptedSecretSchema.nullable(),
  signatureScheme: signatureSchemeSchema,
  /** Lower case; null: what the scheme reads by itself. */
  signatureHeader: z.string().nullable(),
  /** Addresses and CIDR blocks in canonical form; empty or absent: whoever knows the URL. */
  allowedIps: z.array(z.string()).readonly().optional(),
  /** Between a signed time and receipt, either way; absent: `defaultTimestampToleranceSeconds`. */
  timestampToleranceSeconds: z.int().positive().optional(),
  /** Where the sender's own name of a delivery is read; absent: `scheme`. */
  dedupe: dedupeSchema.optional(),
  /** Absent: `same`. */
  dedupeDiffering: dedupeDifferingSchema.optional(),
  /** How long that name identifies; absent: `defaultDedupeWindowSeconds`. */
  dedupeWindowSeconds: z.int().positive().optional(),
  /** Content encodings that are accepted; absent: none. */
  contentEncodings: z.array(contentEncodingSchema).readonly().optional(),
};

/**
 * Milliseconds for which a gateway may go by the configuration that it knows without having heard that nothing newer is stored. A command
 * that changes a webhook answers after as long: from then on no gateway goes by what was before.
 */
export const configurationLeaseMs = 300;

export const webhookEvents = {
  WebhookCreated: z.object({ webhookId, boardId, ...settings }),
  /** Only what changed is present. */
  WebhookUpdated: z.object({ webhookId, boardId, ...z.object(settings).partial().shape }),
  /** The secret before this one stays valid for a while. */
  WebhookSecretRotated: z.object({
    webhookId,
    boardId,
    secret: encryptedSecretSchema,
    /** null: the secret before this one is void at once. */
    previousValidUntil: z.iso.datetime().nullable(),
  }),
  WebhookDeleted: z.object({
    webhookId,
    boardId,
    /** True: board memory of its payloads goes too. */
    cleanupMemory: z.boolean(),
  }),
  /** Payloads up to and including this revision of the payload stream are past their retention. */
  WebhookPayloadsExpired: z.object({ webhookId, boardId, upToRevision: z.int().nonnegative() }),
};
