import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  type ConnectParams,
  GatewayBrowserDeviceAuthLifecycle,
  type GatewayBrowserDeviceAuthPlan,
} from '@openclaw/gateway-client/browser';

/** Identifies this installation to OpenClaw gateways that it reaches from addresses other than loopback. */
export interface DeviceIdentity {
  /** SHA-256 of the public key, hex. */
  readonly deviceId: string;
  /** The 32 bytes, base64url. */
  readonly publicKey: string;
  /** @returns the signature, base64url */
  readonly sign: (payload: string) => Promise<string>;
}

/**
 * @param privateKey Ed25519, PKCS #8 in PEM
 * @throws Error if it is anything else
 */
export const deviceIdentityOf = (privateKey: string): DeviceIdentity => {
  const key = createPrivateKey(privateKey);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('A device key must be an Ed25519 key.');
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return {
    deviceId: createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex'),
    publicKey: x,
    sign: async (payload) => sign(null, Buffer.from(payload, 'utf8'), key).toString('base64url'),
  };
};

export interface Challenge {
  readonly nonce: string | null;
  /** The time of the OpenClaw gateway's clock, so that our own does not matter. */
  readonly challengeTs: number | null | undefined;
}

/**
 * Scopes, token and, with a device, its signature of the challenge. The official client assembles them. The tokens that an OpenClaw gateway
 * issues to a paired device are not kept: the configured token is enough, and if an admin replaces it, the old access has to end.
 */
export const connectPlan = (
  identity: DeviceIdentity | null,
  client: ConnectParams['client'],
  scopes: readonly string[],
  token: string | null,
  { nonce, challengeTs }: Challenge,
): Promise<GatewayBrowserDeviceAuthPlan> =>
  new GatewayBrowserDeviceAuthLifecycle({
    loadIdentity: async () => identity,
    tokenStore: { load: () => null, store: () => {}, clear: () => {} },
  }).buildPlan({
    client,
    role: 'operator',
    defaultScopes: scopes,
    ...(token !== null && { token }),
    nonce,
    ...(typeof challengeTs === 'number' && { challengeTs }),
  });
