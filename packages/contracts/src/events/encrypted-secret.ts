import { z } from 'zod';

/** A secret as JWE compact serialization (RFC 7516, `dir` + `A256GCM`); its `kid` names the data key in the keyring. */
export const encryptedSecretSchema = z.string().regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]*\.[\w-]+$/);
export type EncryptedSecret = z.infer<typeof encryptedSecretSchema>;
