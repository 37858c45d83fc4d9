import { z } from 'zod';
import { contentEncodingSchema } from '../payload/content/content-encoding.ts';
import { encryptedSecretSchema } from './encrypted-secret.ts';

const webhookId = z.uuid();
const boardId = z.uuid();

/** How a sender proves that a request comes from it. */
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
 * Where the delivery name is read: where the scheme defines it, nowhere, in a header (lower case), or at a JSON pointer (RFC 6901) in the
 * body.
 */
const dedupeSchema = z.union([
  z.enum(['scheme', 'off']),
  z.templateLiteral(['header:', z.string()]),
  z.templateLiteral(['body:/', z.string()]),
]);
export type Dedupe = z.infer<typeof dedupeSchema>;

/**
 * Whether arrivals with the same delivery name and different bodies are one payload. It matters only for names that the signature covers:
 * other names always identify a payload together with the body.
 */
export const dedupeDifferingSchema = z.enum(['same', 'separate']);
export type DedupeDiffering = z.infer<typeof dedupeDifferingSchema>;

/** The tolerance that Stripe, Slack and Standard Webhooks recommend. */
export const defaultTimestampToleranceSeconds = 300;

const settings = {
  description: z.string(),
  enabled: z.boolean(),
  /** null: the board's lead. */
  agentId: z.uuid().nullable(),
  secret: encryptedSecretSchema.nullable(),
  signatureScheme: signatureSchemeSchema,
  /** Lower case; null: the scheme's default header. */
  signatureHeader: z.string().nullable(),
  /** Addresses and CIDR blocks in canonical form; empty or absent: requests from any address are accepted. */
  allowedIps: z.array(z.string()).readonly().optional(),
  /** Maximum difference between the signed time and receipt, in either direction; absent: `defaultTimestampToleranceSeconds`. */
  timestampToleranceSeconds: z.int().positive().optional(),
  /** Where the delivery name is read; absent: `scheme`. */
  dedupe: dedupeSchema.optional(),
  /** Absent: `same`. */
  dedupeDiffering: dedupeDifferingSchema.optional(),
  /** How long a delivery name identifies a payload; absent: `defaultDedupeWindowSeconds`. */
  dedupeWindowSeconds: z.int().positive().optional(),
  /** The content encodings that are accepted; absent: none. */
  contentEncodings: z.array(contentEncodingSchema).readonly().optional(),
};

/**
 * The lease in milliseconds: how long a gateway may use its cached configuration without proof that the log has nothing newer. A command
 * that changes a webhook delays its response by the same time, so that after it no gateway uses the old configuration.
 */
export const configurationLeaseMs = 300;

export const webhookEvents = {
  WebhookCreated: z.object({ webhookId, boardId, ...settings }),
  /** Contains only what changed. */
  WebhookUpdated: z.object({ webhookId, boardId, ...z.object(settings).partial().shape }),
  /** The previous secret stays valid until `previousValidUntil`. */
  WebhookSecretRotated: z.object({
    webhookId,
    boardId,
    secret: encryptedSecretSchema,
    /** null: the previous secret is invalid at once. */
    previousValidUntil: z.iso.datetime().nullable(),
  }),
  WebhookDeleted: z.object({
    webhookId,
    boardId,
    /** true: the board memory entries of its payloads are also removed. */
    cleanupMemory: z.boolean(),
  }),
  /** The retention of payloads up to and including this revision of the payload stream has ended. */
  WebhookPayloadsExpired: z.object({ webhookId, boardId, upToRevision: z.int().nonnegative() }),
};
