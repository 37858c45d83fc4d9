import { z } from 'zod';

/** A secret in JWE compact serialization (RFC 7516, `dir` + `A256GCM`). Its `kid` names the data key in the keyring. */
export const encryptedSecretSchema = z.string().regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/);
export type EncryptedSecret = z.infer<typeof encryptedSecretSchema>;

/** What a secret is encrypted for. It cannot be decrypted for any other context. */
export const secretContexts = {
  webhook: (webhookId: string) => `webhook:${webhookId}`,
  openclawGateway: (gatewayId: string) => `openclaw_gateway:${gatewayId}`,
  deviceKey: 'device_key',
  signingKey: (keyId: string) => `signing_key:${keyId}`,
  /** A node of a content key's tree, by the first place under it. */
  contentKey: (keyId: string, start: string, depth: number) => `content_key:${keyId}:${start}:${depth}`,
} as const;
