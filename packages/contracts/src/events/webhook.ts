import { z } from 'zod';
import { encryptedSecretSchema } from './encrypted-secret.ts';
import { onResumeSchema, webhookSettingSchemas } from './webhook-settings.ts';

const webhookId = z.uuid();
const boardId = z.uuid();

const settings = { ...webhookSettingSchemas, secret: encryptedSecretSchema.nullable() };

/**
 * The lease in milliseconds: how long a gateway may use its cached configuration without proof that the log has nothing newer. A command
 * that changes a webhook delays its response by the same time, so that after it no gateway uses the old configuration.
 */
export const configurationLeaseMs = 300;

export const webhookEvents = {
  WebhookCreated: z.object({ webhookId, boardId, ...settings }),
  /** Contains only what changed. */
  WebhookUpdated: z.object({
    webhookId,
    boardId,
    ...z.object(settings).partial().shape,
    /** With `delivery: active`: what becomes of the deliveries that were parked until then. */
    onResume: onResumeSchema.optional(),
  }),
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
};
