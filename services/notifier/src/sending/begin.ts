import { aggregates } from '@mission-control/aggregates';
import type { WebhookPayloadReceived } from '@mission-control/contracts';
import type { Recipient } from '@mission-control/domain';
import type { Delivery } from '../delivery/delivery.ts';
import type { LaneParts } from '../lane/lane-parts.ts';
import { routeOfTarget } from '../lane/route.ts';
import { type DeliveryTarget, readTarget } from '../lane/target.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';
import { admit, expiredReason, hasExpired } from './admission.ts';
import { openDelivery } from './opening.ts';
import { failed, parked } from './outcome-facts.ts';
import { send, settle } from './send.ts';
import type { SessionView } from './session-view.ts';
import { again, over, type Turn, whenOpen } from './turn.ts';

/** How long to wait for the configuration tail before reading the store instead. */
const tailPatienceMs = 2_000;

/**
 * The turn of a delivery that has not begun. Its target is decided here. Nothing is recorded while it waits, so a configuration change
 * still takes effect.
 */
export const begin = async (parts: LaneParts, session: SessionView, delivery: Delivery): Promise<Turn> => {
  const target = await readTarget(parts.cache, delivery.cause, !(await tailPassed(parts, delivery)));
  if (target === 'webhook_deleted') return over;
  const { gatewayId } = parts.ownership.lane;
  if (target.board.gatewayId !== gatewayId) {
    // The board has moved, and the relay publishes its deliveries on its new lane. But the cache may be behind the relay, and what has begun
    // stays here.
    const { state } = await parts.cache.refresh(aggregates.board, target.board.boardId);
    await delivery.catchUp();
    if (delivery.decision !== 'begin') return again();
    return state.status === 'open' && state.gatewayId === gatewayId ? again() : over;
  }
  const route = routeOfTarget(target, gatewayId);
  if (route.name !== session.route.name) return { kind: 'elsewhere', route };
  const payload = await delivery.payload();
  if (!payload) return settle(delivery, () => failed(delivery, 'payload_expired'));
  const { recipient } = target;
  if (recipient.kind === 'nobody') return settle(delivery, () => parked(delivery, recipient.reason));
  const admission = await admit(parts, session, recipient);
  switch (admission.kind) {
    case 'admitted':
      return attempt(parts, session, delivery, { target, recipient, payload }, admission.pass);
    case 'wait':
      return admission.turn;
    case 'gateway_deleted':
      return again();
    case 'unusable':
      return settle(delivery, () => parked(delivery, admission.code));
    case 'rejected':
      if (await changedMeanwhile(parts, delivery, admission.gate, recipient.sessionKey)) return again();
      return settle(delivery, () => parked(delivery, admission.code, admission.detail));
    case 'away':
      if (!hasExpired(delivery, parts)) return whenOpen(admission.gate);
      return settle(delivery, () => parked(delivery, expiredReason));
    default:
      return admission satisfies never;
  }
};

interface Opening {
  readonly target: DeliveryTarget;
  readonly recipient: Extract<Recipient, { kind: 'agent' }>;
  readonly payload: WebhookPayloadReceived;
}

const attempt = async (
  parts: LaneParts,
  session: SessionView,
  delivery: Delivery,
  { target, recipient, payload }: Opening,
  pass: Pass,
): Promise<Turn> => {
  try {
    const { baseUrl } = parts;
    const opening = openDelivery(delivery, target, recipient, { payload, baseUrl });
    const recorded = await delivery.advance(() => [{ type: 'DeliveryAttempted', data: opening.attempt }]);
    if (recorded === 'gone') return over;
    // Another process has begun it already.
    if (recorded.length === 0) return again();
    // A restored log may not know that it was sent, so it is looked up first.
    if (delivery.mayBeForgotten) return again();
    delivery.mayBeSent = false;
    return await send(parts, session, delivery, opening.text, pass);
  } finally {
    pass.leave();
  }
};

/** false: the tail has not caught up, so the cache may be older than the cause. */
const tailPassed = async ({ cache, ownership }: LaneParts, { cause }: Delivery): Promise<boolean> => {
  if (cache.hasPassed(cause.position)) return true;
  const patience = AbortSignal.any([ownership.signal, AbortSignal.timeout(tailPatienceMs)]);
  try {
    await cache.passed(cause.position, patience);
    return true;
  } catch {
    ownership.signal.throwIfAborted();
    return false;
  }
};

/**
 * When a redelivery is requested, an OpenClaw gateway that rejected us may have been fixed on its own side. So it is dialled at once
 * instead of after the pause.
 */
const changedMeanwhile = async (
  { answerTimeoutMs }: LaneParts,
  delivery: Delivery,
  gate: OpenclawGatewayGate,
  sessionKey: string,
): Promise<boolean> => {
  if (delivery.cause.type !== 'RedeliveryRequested' || delivery.redialled) return false;
  delivery.redialled = true;
  if (!gate.redial()) return false;
  await gate.connection?.find(sessionKey, [], { mode: 'quick', timeoutMs: answerTimeoutMs });
  return gate.state.kind !== 'rejected';
};
