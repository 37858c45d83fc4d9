import { z } from 'zod';
import { encryptedSecretSchema } from './encrypted-secret.ts';

const gatewayId = z.uuid();

export const openclawGatewayEvents = {
  OpenclawGatewayCreated: z.object({
    gatewayId,
    name: z.string(),
    url: z.string(),
    token: encryptedSecretSchema.nullable(),
    allowInsecureTls: z.boolean(),
  }),
  /** Contains only what changed. */
  OpenclawGatewayUpdated: z.object({
    gatewayId,
    name: z.string().optional(),
    url: z.string().optional(),
    token: encryptedSecretSchema.nullable().optional(),
    allowInsecureTls: z.boolean().optional(),
  }),
  OpenclawGatewayDeleted: z.object({ gatewayId }),
};
