import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import { errors } from './errors.ts';
import type { OpenclawGatewayError } from './protocol.ts';

type Device = NonNullable<ConnectParams['device']>;

interface PairingRequest {
  readonly requestId: string;
  readonly deviceId: string;
  readonly scopes: readonly string[];
}

interface PairedDevice {
  readonly scopes: readonly string[];
  readonly deviceToken: string;
}

/** How far the time of a signature may be from now. */
const skewMs = 120_000;

/** The devices that asked to be paired, and those that an operator approved (`openclaw devices approve <requestId>`). */
export class Devices {
  readonly #requests = new Map<string, PairingRequest>();
  readonly #paired = new Map<string, PairedDevice>();

  /** Why the device's proof is rejected, or null. Everything that the client claims about itself is signed. */
  objectionTo(params: ConnectParams, nonce: string): OpenclawGatewayError | null {
    const { device } = params;
    if (!device) return null;
    const key = Buffer.from(device.publicKey, 'base64url');
    if (createHash('sha256').update(key).digest('hex') !== device.id) {
      return errors.deviceInvalid('device-id-mismatch', 'device identity mismatch');
    }
    if (Math.abs(Date.now() - device.signedAt) > skewMs) {
      return errors.deviceInvalid('device-signature-stale', 'device signature expired');
    }
    if (device.nonce.trim() === '') {
      return errors.deviceInvalid('device-nonce-missing', 'device nonce required');
    }
    if (device.nonce.trim() !== nonce) {
      return errors.deviceInvalid('device-nonce-mismatch', 'device nonce mismatch');
    }
    return signatureHolds(params, device, key)
      ? null
      : errors.deviceInvalid('device-signature', 'device signature invalid');
  }

  /** A device that is not paired, or wants more than was approved, gets a request that an operator has to approve. */
  admit(
    { id }: Device,
    role: string,
    scopes: readonly string[],
  ):
    | { readonly scopes: readonly string[]; readonly deviceToken: string }
    | { readonly error: OpenclawGatewayError } {
    const paired = this.#paired.get(id);
    if (paired && scopes.every((scope) => paired.scopes.includes(scope))) {
      return { scopes, deviceToken: paired.deviceToken };
    }
    const earlier = [...this.#requests.values()].find(({ deviceId }) => deviceId === id);
    const request = { requestId: earlier?.requestId ?? randomUUID(), deviceId: id, scopes };
    this.#requests.set(request.requestId, request);
    return {
      error: errors.pairingRequired({
        reason: paired ? 'scope-upgrade' : 'not-paired',
        requestId: request.requestId,
        deviceId: id,
        requestedRole: role,
        requestedScopes: [...scopes],
        ...(paired && { approvedScopes: [...paired.scopes] }),
      }),
    };
  }

  /** The ids of the requests that wait for approval, the oldest first. */
  requests(): readonly string[] {
    return [...this.#requests.keys()];
  }

  /** @throws Error if there is no such request */
  approve(requestId: string): void {
    const request = this.#requests.get(requestId);
    if (!request) throw new Error(`There is no pairing request ${requestId}.`);
    this.#requests.delete(requestId);
    this.#paired.set(request.deviceId, { scopes: request.scopes, deviceToken: randomUUID() });
  }

  tokenOf(deviceId: string): string | undefined {
    return this.#paired.get(deviceId)?.deviceToken;
  }
}

/** The DER prefix of an Ed25519 public key. */
const spki = Buffer.from('302a300506032b6570032100', 'hex');

const signatureHolds = (params: ConnectParams, device: Device, key: Buffer): boolean => {
  try {
    const publicKey = createPublicKey({ key: Buffer.concat([spki, key]), format: 'der', type: 'spki' });
    const signature = Buffer.from(device.signature, 'base64url');
    return signedTexts(params, device).some((text) => verify(null, Buffer.from(text), publicKey, signature));
  } catch {
    return false;
  }
};

/** Version 3, and version 2, which lacks the platform. */
const signedTexts = ({ client, role, scopes, auth }: ConnectParams, device: Device): readonly string[] => {
  const common = [
    device.id,
    client.id,
    client.mode,
    role ?? 'operator',
    (scopes ?? []).join(','),
    String(device.signedAt),
    auth?.token ?? auth?.deviceToken ?? '',
    device.nonce,
  ];
  const platform = client.platform.trim().toLowerCase();
  const family = (client.deviceFamily ?? '').trim().toLowerCase();
  return [['v3', ...common, platform, family].join('|'), ['v2', ...common].join('|')];
};
