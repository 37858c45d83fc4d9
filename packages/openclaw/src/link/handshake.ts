import type { ConnectParams, GatewayBrowserDeviceAuthPlan } from '@openclaw/gateway-client/browser';
import { GATEWAY_CLIENT_MODES, GATEWAY_CLIENT_NAMES } from '@openclaw/gateway-protocol/client-info';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { z } from 'zod';
import { type Challenge, connectPlan, type DeviceIdentity } from './device-identity.ts';

/** For reading a session's history and for sending to the session. The OpenClaw gateway grants only what is requested. */
export const requiredScopes = ['operator.read', 'operator.write'] as const;

const client: ConnectParams['client'] = {
  id: GATEWAY_CLIENT_NAMES.GATEWAY_CLIENT,
  displayName: 'Mission Control Webhooks',
  version: '0.1.0',
  platform: process.platform,
  mode: GATEWAY_CLIENT_MODES.BACKEND,
};

export interface Credentials {
  /** The OpenClaw gateway's shared token; null if it requires none. */
  readonly token: string | null;
  readonly identity: DeviceIdentity | null;
}

export const planConnect = (
  { identity, token }: Credentials,
  challenge: Challenge,
): Promise<GatewayBrowserDeviceAuthPlan> => connectPlan(identity, client, requiredScopes, token, challenge);

export const connectParams = ({ scopes, auth, device }: GatewayBrowserDeviceAuthPlan): ConnectParams => ({
  minProtocol: PROTOCOL_VERSION,
  maxProtocol: PROTOCOL_VERSION,
  client,
  caps: [],
  role: 'operator',
  scopes,
  ...(auth && { auth }),
  ...(device && { device }),
});

/** The part of the OpenClaw gateway's hello that this product needs. */
export const helloSchema = z.object({
  protocol: z.int(),
  server: z.object({ version: z.string(), bootId: z.string().optional() }),
  auth: z.object({ scopes: z.array(z.string()) }),
  policy: z.object({ tickIntervalMs: z.number().positive() }),
});

export type Hello = z.infer<typeof helloSchema>;
