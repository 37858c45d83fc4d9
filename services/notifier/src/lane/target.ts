import { type AggregateCache, aggregates, type Loaded } from '@mission-control/aggregates';
import {
  type ActiveWebhook,
  type Agent,
  agentMeant,
  noAgent,
  noOpenclawGateway,
  type OpenBoard,
  type OpenclawGateway,
  type Recipient,
  recipientOf,
} from '@mission-control/domain';
import type { Cause } from '../delivery/cause.ts';

/** Where a delivery goes and what its message is made of, according to the current configuration. */
export interface DeliveryTarget {
  readonly webhook: ActiveWebhook;
  readonly board: OpenBoard;
  /** The agent that the configuration names; null: none. */
  readonly agentId: string | null;
  readonly recipient: Recipient;
  readonly revisions: { board: number; webhook: number; agent: number; gateway: number };
}

/**
 * @param fresh read the store instead of relying on the cache
 * @returns `webhook_deleted` if the webhook or the board no longer exists
 */
export const readTarget = async (
  cache: AggregateCache,
  cause: Pick<Cause, 'webhookId' | 'boardId' | 'requestedAgentId'>,
  fresh: boolean,
): Promise<DeliveryTarget | 'webhook_deleted'> => {
  const read: AggregateCache['get'] = (aggregate, id) =>
    fresh ? cache.refresh(aggregate, id) : cache.get(aggregate, id);
  const [webhook, board] = await Promise.all([
    read(aggregates.webhook, cause.webhookId),
    read(aggregates.board, cause.boardId),
  ]);
  if (webhook.state.status !== 'active' || board.state.status !== 'open') return 'webhook_deleted';
  const agentId = agentMeant(cause.requestedAgentId, webhook.state, board.state);
  const { gatewayId } = board.state;
  const [agent, gateway]: [Loaded<Agent>, Loaded<OpenclawGateway>] = await Promise.all([
    agentId === null ? { state: noAgent, revision: -1 } : read(aggregates.agent, agentId),
    gatewayId === null
      ? { state: noOpenclawGateway, revision: -1 }
      : read(aggregates.openclawGateway, gatewayId),
  ]);
  return {
    webhook: webhook.state,
    board: board.state,
    agentId,
    recipient: recipientOf(agentId, { agent: agent.state, board: board.state, gateway: gateway.state }),
    revisions: {
      board: board.revision,
      webhook: webhook.revision,
      agent: agent.revision,
      gateway: gateway.revision,
    },
  };
};
