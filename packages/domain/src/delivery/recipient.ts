import type { Agent } from '../agent/agent.ts';
import type { OpenBoard } from '../board/board.ts';
import type { OpenclawGateway } from '../openclaw-gateway/openclaw-gateway.ts';
import type { ActiveWebhook } from '../webhook/webhook.ts';

/** Why no agent can be told with the current configuration. The codes are stable because events contain them. */
type NobodyToTell = 'no_agent' | 'agent_deleted' | 'no_session' | 'no_gateway' | 'gateway_deleted';

export type Recipient =
  | {
      readonly kind: 'agent';
      readonly agentId: string;
      readonly gatewayId: string;
      readonly sessionKey: string;
    }
  | { readonly kind: 'nobody'; readonly reason: NobodyToTell };

/** The agent to tell: the one that the redelivery request names, else the one that the webhook names, else the board's lead. */
export const agentMeant = (
  requestedAgentId: string | null,
  webhook: ActiveWebhook,
  board: OpenBoard,
): string | null => requestedAgentId ?? webhook.agentId ?? board.leadAgentId;

/**
 * Where to send a message for the agent.
 *
 * @param agentId from `agentMeant`; `agent` is its state
 * @param gateway the state of the board's OpenClaw gateway
 */
export const recipientOf = (
  agentId: string | null,
  { agent, board, gateway }: { agent: Agent; board: OpenBoard; gateway: OpenclawGateway },
): Recipient => {
  if (agentId === null) return nobody('no_agent');
  if (agent.status !== 'active' || !board.agents.has(agentId)) return nobody('agent_deleted');
  if (agent.openclawSessionId === null) return nobody('no_session');
  if (board.gatewayId === null) return nobody('no_gateway');
  if (gateway.status !== 'active') return nobody('gateway_deleted');
  return { kind: 'agent', agentId, gatewayId: board.gatewayId, sessionKey: agent.openclawSessionId };
};

const nobody = (reason: NobodyToTell): Recipient => ({ kind: 'nobody', reason });
