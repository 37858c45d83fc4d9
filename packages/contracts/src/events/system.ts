import { z } from 'zod';
import { encryptedSecretSchema } from './encrypted-secret.ts';

/** A checkpoint in the log. */
const place = z.object({
  incarnation: z.string(),
  /** Decimal digits of a log position. */
  position: z.string().regex(/^\d+$/),
  eventId: z.string(),
});

export const relayEvents = {
  /** Every payload that arrived up to this position has a final outcome. */
  RelayLowWaterMarkMoved: place,
};

export const stewardEvents = {
  /** The steward has done everything that the facts up to this position demand. */
  StewardPlaceMoved: place,
};

export const replaysEvents = {
  /** The replays up to this position are known; these are the ones that had not ended. */
  ReplaysPlaceMoved: place.extend({ open: z.array(z.uuid()) }),
};

export const keyringEvents = {
  DataKeyCreated: z.object({
    keyId: z.string(),
    /** The data key, encrypted under the operator's key: JWE compact serialization (RFC 7516). */
    wrappedKey: z.string(),
    /** Check value of the operator's key that wraps it, hex. It detects a wrong key without revealing the key. */
    wrappedBy: z.string().regex(/^[0-9a-f]{16}$/),
  }),
  /** The first one counts, because it identifies this installation to OpenClaw gateways. */
  DeviceKeyCreated: z.object({
    /** Ed25519, PKCS #8 in PEM. */
    privateKey: encryptedSecretSchema,
  }),
};

export const signingKeysEvents = {
  /** The newest one signs. The others stay readable, because what they signed has to stay verifiable. */
  SigningKeyCreated: z.object({
    /** The first 16 hex digits of the SHA-256 of the public key in DER (SubjectPublicKeyInfo). */
    keyId: z.string().regex(/^[0-9a-f]{16}$/),
    /** Ed25519, SubjectPublicKeyInfo in PEM. */
    publicKey: z.string(),
    /** Ed25519, PKCS #8 in PEM. */
    privateKey: encryptedSecretSchema,
  }),
};
