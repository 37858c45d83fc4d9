import { webhookDefaults } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import type { Agent } from '../agent/agent.ts';
import type { OpenBoard } from '../board/board.ts';
import type { OpenclawGateway } from '../openclaw-gateway/openclaw-gateway.ts';
import type { ActiveWebhook } from '../webhook/webhook.ts';
import { agentMeant, recipientOf } from './recipient.ts';

const board: OpenBoard = {
  status: 'open',
  boardId: 'b',
  name: 'Board',
  slug: 'board',
  description: '',
  gatewayId: 'g',
  agents: new Set(['a', 'lead']),
  leadAgentId: 'lead',
  webhooks: new Set(['w']),
};
const webhook: ActiveWebhook = {
  status: 'active',
  webhookId: 'w',
  boardId: 'b',
  description: '',
  enabled: true,
  agentId: null,
  secret: null,
  signatureScheme: 'none',
  signatureHeader: null,
  previousSecret: null,
  ...webhookDefaults,
};
const agent: Agent = {
  status: 'active',
  agentId: 'a',
  boardId: 'b',
  name: 'Agent',
  openclawSessionId: 's',
  tokenHash: '',
};
const gateway: OpenclawGateway = {
  status: 'active',
  gatewayId: 'g',
  name: 'Gateway',
  url: 'ws://x',
  token: null,
  allowInsecureTls: false,
  tlsFingerprint: null,
};

describe('the recipient of a delivery', () => {
  it('is the agent that the request names, else the one that the webhook names, else the lead', () => {
    expect(agentMeant('r', { ...webhook, agentId: 'a' }, board)).toBe('r');
    expect(agentMeant(null, { ...webhook, agentId: 'a' }, board)).toBe('a');
    expect(agentMeant(null, webhook, board)).toBe('lead');
    expect(agentMeant(null, webhook, { ...board, leadAgentId: null })).toBeNull();
  });

  it('is told in its session, through the board’s OpenClaw gateway', () => {
    expect(recipientOf('a', { agent, board, gateway })).toEqual({
      kind: 'agent',
      agentId: 'a',
      gatewayId: 'g',
      sessionKey: 's',
    });
  });

  it.each([
    ['no_agent', null, { agent, board, gateway }],
    ['agent_deleted', 'a', { agent: { status: 'deleted' } as const, board, gateway }],
    ['agent_deleted', 'a', { agent: { status: 'absent' } as const, board, gateway }],
    ['agent_deleted', 'elsewhere', { agent, board, gateway }],
    ['no_session', 'a', { agent: { ...agent, openclawSessionId: null }, board, gateway }],
    ['no_gateway', 'a', { agent, board: { ...board, gatewayId: null }, gateway }],
    ['gateway_deleted', 'a', { agent, board, gateway: { status: 'deleted' } as const }],
  ])('does not exist: %s', (reason, agentId, states) => {
    expect(recipientOf(agentId, states)).toEqual({ kind: 'nobody', reason });
  });
});
