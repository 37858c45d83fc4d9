import type { ConnectParams } from '@openclaw/gateway-client/browser';
import { GATEWAY_CLIENT_MODES, GATEWAY_CLIENT_NAMES } from '@openclaw/gateway-protocol/client-info';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { z } from 'zod';

/** For reading a session's history and for sending to the session. The OpenClaw gateway grants only what is requested. */
export const requiredScopes = ['operator.read', 'operator.write'] as const;

export const connectParams = (token: string | null): ConnectParams => ({
  minProtocol: PROTOCOL_VERSION,
  maxProtocol: PROTOCOL_VERSION,
  client: {
    id: GATEWAY_CLIENT_NAMES.GATEWAY_CLIENT,
    displayName: 'Mission Control Webhooks',
    version: '0.1.0',
    platform: process.platform,
    mode: GATEWAY_CLIENT_MODES.BACKEND,
  },
  caps: [],
  role: 'operator',
  scopes: [...requiredScopes],
  ...(token !== null && { auth: { token } }),
});

/** The part of the OpenClaw gateway's hello that this product needs. */
export const helloSchema = z.object({
  protocol: z.int(),
  server: z.object({ version: z.string() }),
  auth: z.object({ scopes: z.array(z.string()) }),
  policy: z.object({ tickIntervalMs: z.number().positive() }),
});

export type Hello = z.infer<typeof helloSchema>;
