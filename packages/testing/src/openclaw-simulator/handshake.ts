import { randomUUID, timingSafeEqual } from 'node:crypto';
import type { ConnectParams } from '@openclaw/gateway-protocol';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import type { Devices } from './devices.ts';
import { errors } from './errors.ts';
import type { Faults } from './faults.ts';
import { methods } from './methods/methods.ts';
import type { OpenclawGatewayError } from './protocol.ts';

export interface Granted {
  readonly scopes: readonly string[];
  /** For the device of the connection, if it is paired: it may be used instead of the gateway token. */
  readonly deviceToken?: string;
}

/** Decides who may connect, and with which scopes. */
export class Handshake {
  token: string;
  readonly #devices: Devices;
  readonly #faults: Faults;

  constructor(token: string, devices: Devices, faults: Faults) {
    this.token = token;
    this.#devices = devices;
    this.#faults = faults;
  }

  check(
    params: ConnectParams,
    { nonce, remote }: { readonly nonce: string; readonly remote: boolean },
  ): Granted | { readonly error: OpenclawGatewayError } {
    const error = this.#rejectionOf(params);
    if (error) return { error };
    const asked = params.scopes ?? [];
    const scopes = this.#faults.peek('missing_scope') ? ['operator.read'] : asked;
    if (params.device) {
      const forged = this.#devices.objectionTo(params, nonce);
      if (forged) return { error: forged };
      // On loopback, the gateway token is enough.
      return remote ? this.#devices.admit(params.device, params.role ?? 'operator', scopes) : { scopes };
    }
    // Away from loopback, scopes belong to a device. The connection succeeds without any.
    return { scopes: remote ? [] : scopes };
  }

  #rejectionOf(params: ConnectParams): OpenclawGatewayError | null {
    const faults = this.#faults;
    const starting = faults.take('starting');
    if (starting) return errors.starting(starting.retryAfterMs);
    const speaks = params.minProtocol <= PROTOCOL_VERSION && params.maxProtocol >= PROTOCOL_VERSION;
    if (!speaks || faults.take('protocol_mismatch')) return errors.protocolMismatch;
    if (faults.take('rate_limited')) return errors.rateLimited;
    const token = params.auth?.token ?? params.auth?.deviceToken;
    if (faults.take('not_paired') || token === undefined) return errors.notPaired;
    const deviceToken = params.device && this.#devices.tokenOf(params.device.id);
    const right = same(token, this.token) || (deviceToken !== undefined && same(token, deviceToken));
    return right && !faults.take('wrong_token') ? null : errors.tokenMismatch(deviceToken !== undefined);
  }
}

export const helloOk = ({
  bootId,
  tickIntervalMs,
  scopes,
  deviceToken,
}: Granted & { readonly bootId: string; readonly tickIntervalMs: number }) => ({
  type: 'hello-ok',
  protocol: PROTOCOL_VERSION,
  server: {
    version: '2026.9.6-simulated',
    buildId: 'simulated',
    bootId,
    controlUiBuildSource: 'bundled',
    connId: randomUUID(),
  },
  features: { methods: Object.keys(methods), events: ['connect.challenge', 'chat', 'tick'] },
  snapshot: { presence: [], health: {}, stateVersion: { presence: 0, health: 0 }, uptimeMs: 0 },
  auth: {
    role: 'operator',
    scopes,
    ...(deviceToken !== undefined && { deviceToken, issuedAtMs: Date.now() }),
  },
  policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs },
});

const same = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
};
