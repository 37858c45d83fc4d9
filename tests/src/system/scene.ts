import { randomBytes } from 'node:crypto';
import type { AdminClient } from './admin-client.ts';

export interface Webhook {
  readonly id: string;
  readonly board_id: string;
  readonly endpoint_path: string;
  readonly endpoint_url: string;
}

export interface Scene {
  readonly boardId: string;
  readonly agentId: string;
  readonly agentToken: string;
  readonly gatewayId: string;
  readonly sessionKey: string;
  readonly secret: string;
  /** @param settings further ones of the API */
  readonly webhook: (
    sender: 'github' | 'stripe' | 'hmac',
    description: string,
    settings?: object,
  ) => Promise<Webhook>;
}

/** Sets up a board through the public API: OpenClaw gateway, board, and lead agent with a session. */
export const setScene = async (
  admin: AdminClient,
  openclaw: { url: string; token: string },
  name: string,
): Promise<Scene> => {
  const suffix = randomBytes(3).toString('hex');
  const gateway = await admin.post<{ id: string }>('/api/v1/gateways', {
    name: `${name} gateway`,
    url: openclaw.url,
    token: openclaw.token,
  });
  const board = await admin.post<{ id: string }>('/api/v1/boards', {
    name,
    slug: `${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}-${suffix}`,
    description: '',
    gateway_id: gateway.id,
  });
  const sessionKey = `agent:main:${suffix}`;
  const agent = await admin.post<{ id: string; token: string }>('/api/v1/agents', {
    board_id: board.id,
    name: 'Lead',
    is_board_lead: true,
    openclaw_session_id: sessionKey,
  });
  const secret = randomBytes(24).toString('hex');
  return {
    boardId: board.id,
    agentId: agent.id,
    agentToken: agent.token,
    gatewayId: gateway.id,
    sessionKey,
    secret,
    webhook: (sender, description, settings = {}) =>
      admin.post<Webhook>(`/api/v1/boards/${board.id}/webhooks`, {
        description,
        enabled: true,
        agent_id: agent.id,
        secret,
        ...(sender === 'hmac' ? { signature_scheme: sender } : { preset: sender }),
        ...settings,
      }),
  };
};
