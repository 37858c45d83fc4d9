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

const unnamedAgent: Loaded<Agent> = { state: noAgent, revision: -1 };
const unnamedGateway: Loaded<OpenclawGateway> = { state: noOpenclawGateway, revision: -1 };

/**
 * @param fresh read the store instead of relying on the cache
 * @returns `webhook_deleted` if the webhook or the board no longer exists
 */
export const readTarget = async (
  cache: AggregateCache,
  cause: Pick<Cause, 'webhookId' | 'boardId' | 'requestedAgentId'>,
  fresh: boolean,
): Promise<DeliveryTarget | 'webhook_deleted'> => {
  const read: AggregateCache['knownOrRead'] = (aggregate, id) =>
    fresh ? cache.refresh(aggregate, id) : cache.knownOrRead(aggregate, id);
  const [webhook, board] = await both(
    read(aggregates.webhook, cause.webhookId),
    read(aggregates.board, cause.boardId),
  );
  if (webhook.state.status !== 'active' || board.state.status !== 'open') return 'webhook_deleted';
  const agentId = agentMeant(cause.requestedAgentId, webhook.state, board.state);
  const { gatewayId } = board.state;
  const [agent, gateway] = await both(
    agentId === null ? unnamedAgent : read(aggregates.agent, agentId),
    gatewayId === null ? unnamedGateway : read(aggregates.openclawGateway, gatewayId),
  );
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

/** Twice for each delivery, and almost always both are in memory: then nothing is waited for. */
const both = <A, B>(one: A | Promise<A>, other: B | Promise<B>): readonly [A, B] | Promise<[A, B]> =>
  one instanceof Promise || other instanceof Promise ? Promise.all([one, other]) : [one, other];
