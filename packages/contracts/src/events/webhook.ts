import { z } from 'zod';
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

const settings = {
  description: z.string(),
  enabled: z.boolean(),
  /** null: the board's lead. */
  agentId: z.uuid().nullable(),
  secret: encryptedSecretSchema.nullable(),
  signatureScheme: signatureSchemeSchema,
  /** Lower case; null: what the scheme reads by itself. */
  signatureHeader: z.string().nullable(),
};

export const webhookEvents = {
  WebhookCreated: z.object({ webhookId, boardId, ...settings }),
  /** Only what changed is present. */
  WebhookUpdated: z.object({ webhookId, boardId, ...z.object(settings).partial().shape }),
  WebhookDeleted: z.object({
    webhookId,
    boardId,
    /** True: board memory of its payloads goes too. */
    cleanupMemory: z.boolean(),
  }),
  /** Payloads up to and including this revision of the payload stream are past their retention. */
  WebhookPayloadsExpired: z.object({ webhookId, boardId, upToRevision: z.int().nonnegative() }),
};
