import { z } from 'zod';

/** A secret as JWE compact serialization (RFC 7516, `dir` + `A256GCM`); its `kid` names the data key in the keyring. */
export const encryptedSecretSchema = z.string().regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/);
export type EncryptedSecret = z.infer<typeof encryptedSecretSchema>;

/** What a secret is encrypted for: it decrypts for nothing else. */
export const secretContexts = {
  webhook: (webhookId: string) => `webhook:${webhookId}`,
  openclawGateway: (gatewayId: string) => `openclaw_gateway:${gatewayId}`,
} as const;
