import { type AggregateCache, aggregates, type Loaded } from '@mission-control/aggregates';
import {
  type ActiveWebhook,
  type Agent,
  agentMeant,
  type Board,
  noAgent,
  noOpenclawGateway,
  type OpenBoard,
  type OpenclawGateway,
  type Recipient,
  recipientOf,
  type Webhook,
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

/** The configuration that a target follows from. An agent or OpenClaw gateway that is not named is not read. */
interface Configuration {
  readonly webhook: Loaded<Webhook>;
  readonly board: Loaded<Board>;
  readonly agent: Loaded<Agent>;
  readonly gateway: Loaded<OpenclawGateway>;
}

type TargetCause = Pick<Cause, 'webhookId' | 'boardId' | 'requestedAgentId'>;

const unnamedAgent: Loaded<Agent> = { state: noAgent, revision: -1 };
const unnamedGateway: Loaded<OpenclawGateway> = { state: noOpenclawGateway, revision: -1 };

/**
 * @param fresh read the store instead of relying on the cache
 * @returns `webhook_deleted` if the webhook or the board no longer exists
 */
export const readTarget = async (
  cache: AggregateCache,
  cause: TargetCause,
  fresh: boolean,
): Promise<DeliveryTarget | 'webhook_deleted'> => {
  // Twice for each delivery, and almost always in memory: four reads that wait for nothing cost 25 promises.
  const known = fresh ? undefined : knownTarget(cache, cause);
  if (known) return known;
  const read: AggregateCache['get'] = (aggregate, id) =>
    fresh ? cache.refresh(aggregate, id) : cache.get(aggregate, id);
  const [webhook, board] = await Promise.all([
    read(aggregates.webhook, cause.webhookId),
    read(aggregates.board, cause.boardId),
  ]);
  const named = namedBy(cause, webhook, board);
  if (named === 'webhook_deleted') return named;
  const [agent, gateway] = await Promise.all([
    named.agentId === null ? unnamedAgent : read(aggregates.agent, named.agentId),
    named.gatewayId === null ? unnamedGateway : read(aggregates.openclawGateway, named.gatewayId),
  ]);
  return targetOf(named, { webhook, board, agent, gateway });
};

/** The same from memory; undefined if something is not cached. */
const knownTarget = (
  cache: AggregateCache,
  cause: TargetCause,
): DeliveryTarget | 'webhook_deleted' | undefined => {
  const webhook = cache.known(aggregates.webhook, cause.webhookId);
  const board = cache.known(aggregates.board, cause.boardId);
  if (!webhook || !board) return undefined;
  const named = namedBy(cause, webhook, board);
  if (named === 'webhook_deleted') return named;
  const agent = named.agentId === null ? unnamedAgent : cache.known(aggregates.agent, named.agentId);
  const gateway =
    named.gatewayId === null ? unnamedGateway : cache.known(aggregates.openclawGateway, named.gatewayId);
  return agent && gateway && targetOf(named, { webhook, board, agent, gateway });
};

interface Named {
  readonly webhook: ActiveWebhook;
  readonly board: OpenBoard;
  readonly agentId: string | null;
  readonly gatewayId: string | null;
}

const namedBy = (
  { requestedAgentId }: TargetCause,
  { state: webhook }: Loaded<Webhook>,
  { state: board }: Loaded<Board>,
): Named | 'webhook_deleted' => {
  if (webhook.status !== 'active' || board.status !== 'open') return 'webhook_deleted';
  const agentId = agentMeant(requestedAgentId, webhook, board);
  return { webhook, board, agentId, gatewayId: board.gatewayId };
};

const targetOf = (
  { webhook, board, agentId }: Named,
  { agent, gateway, ...configuration }: Configuration,
): DeliveryTarget => ({
  webhook,
  board,
  agentId,
  recipient: recipientOf(agentId, { agent: agent.state, board, gateway: gateway.state }),
  revisions: {
    board: configuration.board.revision,
    webhook: configuration.webhook.revision,
    agent: agent.revision,
    gateway: gateway.revision,
  },
});
