import { aggregates } from '@mission-control/aggregates';
import { type DeliveryReference, streams } from '@mission-control/contracts';
import type { Attempt } from '@mission-control/domain';
import { readCause } from '../delivery/cause.ts';
import type { NotifierParts } from './lane-parts.ts';
import { canonicalSessionKey } from './session-key.ts';
import { type DeliveryTarget, readTarget } from './target.ts';

/** The queue that a delivery waits in: that of a session, or that of a board whose deliveries currently reach no agent. */
export interface Route {
  readonly name: string;
  /** null: no session. */
  readonly gatewayId: string | null;
}

/** The key under which a lane keeps the queue. */
export const sessionName = (gatewayId: string, sessionKey: string): string =>
  `${gatewayId} ${canonicalSessionKey(sessionKey)}`;

const routeTo = (gatewayId: string, sessionKey: string): Route => ({
  name: sessionName(gatewayId, sessionKey),
  gatewayId,
});

const nowhere = (boardId: string): Route => ({ name: `board ${boardId}`, gatewayId: null });

/** @param ofLane the OpenClaw gateway of the lane; deliveries of boards that have moved to another one have no session */
export const routeOfTarget = (target: DeliveryTarget, ofLane: string | null): Route =>
  target.recipient.kind === 'agent' && target.board.gatewayId === ofLane
    ? routeTo(target.recipient.gatewayId, target.recipient.sessionKey)
    : nowhere(target.board.boardId);

/** A delivery that has begun stays with its first session. */
export const routeOfAttempt = ({ gatewayId, sessionKey }: Attempt): Route => routeTo(gatewayId, sessionKey);

export interface DecidedRoute {
  readonly route: Route;
  /** The streams of the configuration that it follows from. */
  readonly streams: ReadonlySet<string>;
}

/** Where the delivery goes according to the cached configuration. The final decision is made in its turn. */
export const routeOf = async (
  { store, cache }: Pick<NotifierParts, 'store' | 'cache'>,
  reference: DeliveryReference,
  ofLane: string | null,
): Promise<DecidedRoute> => {
  const { webhookId, boardId, cause } = reference;
  let requestedAgentId = reference.agentId ?? null;
  if (cause.type === 'RedeliveryRequested' && reference.agentId === undefined) {
    // An older release published the reference.
    const read = await readCause(store, reference);
    if (read !== 'gone') requestedAgentId = read.cause.requestedAgentId;
  }
  const target = await readTarget(cache, { webhookId, boardId, requestedAgentId }, false);
  const from = new Set([streams.webhook(webhookId), streams.board(boardId)]);
  if (target === 'webhook_deleted') return { route: nowhere(boardId), streams: from };
  const { agentId, board } = target;
  if (agentId !== null) from.add(streams.agent(agentId));
  if (board.gatewayId !== null) from.add(streams.openclawGateway(board.gatewayId));
  return { route: routeOfTarget(target, ofLane), streams: from };
};

/** null: it no longer exists. */
export const activeGateway = async ({ cache }: Pick<NotifierParts, 'cache'>, gatewayId: string) => {
  const { state } = await cache.knownOrRead(aggregates.openclawGateway, gatewayId);
  return state.status === 'active' ? state : null;
};
