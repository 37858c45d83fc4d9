import { z } from 'zod';
import { encryptedSecretSchema } from './encrypted-secret.ts';

const gatewayId = z.uuid();
/** SHA-256 of the only certificate that is accepted, lower-case hex. Null, or absent in a creation: any certificate that verifies. */
const tlsFingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .nullable()
  .optional();

export const openclawGatewayEvents = {
  OpenclawGatewayCreated: z.object({
    gatewayId,
    name: z.string(),
    url: z.string(),
    token: encryptedSecretSchema.nullable(),
    allowInsecureTls: z.boolean(),
    tlsFingerprint,
  }),
  /** Contains only what changed. */
  OpenclawGatewayUpdated: z.object({
    gatewayId,
    name: z.string().optional(),
    url: z.string().optional(),
    token: encryptedSecretSchema.nullable().optional(),
    allowInsecureTls: z.boolean().optional(),
    tlsFingerprint,
  }),
  OpenclawGatewayDeleted: z.object({ gatewayId }),
};
