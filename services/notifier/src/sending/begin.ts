import { aggregates } from '@mission-control/aggregates';
import type { Recipient } from '@mission-control/domain';
import { isErased, type MessageContent } from '../delivery/content.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { LaneParts } from '../lane/lane-parts.ts';
import { routeOfTarget } from '../lane/route.ts';
import { type DeliveryTarget, readTarget } from '../lane/target.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import { admit, expiredReason, expiresAfter, hasExpired } from './admission.ts';
import { openCoalesced } from './coalesced.ts';
import { eventTypeAtReceipt } from './event-type-at-receipt.ts';
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
  const content = await delivery.content();
  if (!content) return settle(delivery, () => failed(delivery, 'payload_expired'));
  if (isErased(content)) return settle(delivery, () => failed(delivery, 'content_erased'));
  const { recipient } = target;
  if (target.webhook.delivery === 'paused')
    return settle(delivery, () => parked(delivery, 'delivery_paused'));
  if (recipient.kind === 'nobody') return settle(delivery, () => parked(delivery, recipient.reason));
  const admission = await admit(parts, session, recipient);
  switch (admission.kind) {
    case 'admitted':
      try {
        return await delivery.trace.attempt(async () => {
          const recorded = await recordAttempt(parts, delivery, { target, recipient, content });
          if (recorded === 'gone') return over;
          const { unsent } = delivery;
          return unsent === null ? again() : send(parts, session, delivery, unsent, admission.pass);
        });
      } finally {
        admission.pass.leave();
      }
    case 'wait':
      return admission.turn;
    case 'gateway_deleted':
      return again();
    case 'unusable':
      return settle(delivery, () => parked(delivery, admission.code));
    case 'rejected':
      if (await changedMeanwhile(parts, delivery, admission.closed.gate, recipient.sessionKey))
        return again();
      return settle(delivery, () => parked(delivery, admission.code, admission.detail));
    case 'away':
      if (!hasExpired(delivery, parts)) return whenOpen(admission.closed, expiresAfter(delivery, parts));
      return settle(delivery, () => parked(delivery, expiredReason));
    default:
      return admission satisfies never;
  }
};

interface Opening {
  readonly target: DeliveryTarget;
  readonly recipient: Extract<Recipient, { kind: 'agent' }>;
  readonly content: MessageContent;
}

/**
 * Records the attempt of the next delivery while the session is sending another one, if nothing speaks against sending it. It is sent in
 * its turn, and until then treated like any other that has begun.
 */
export const prepare = async (parts: LaneParts, session: SessionView, delivery: Delivery): Promise<void> => {
  await delivery.recorded();
  const { cache, ownership, throttle } = parts;
  if (delivery.decision !== 'begin' || !cache.hasPassed(delivery.cause.position)) return;
  const target = await readTarget(cache, delivery.cause, false);
  if (target === 'webhook_deleted') return;
  const { recipient } = target;
  if (recipient.kind === 'nobody' || target.webhook.delivery === 'paused' || throttle.spaces) return;
  if (routeOfTarget(target, ownership.lane.gatewayId).name !== session.route.name) return;
  const content = await delivery.content();
  if (!content || isErased(content)) return;
  if (ownership.owned()) await recordAttempt(parts, delivery, { target, recipient, content });
};

/**
 * The delivery then has an unsent message, unless another process has begun it already or it has to be looked up first.
 *
 * @returns `gone`: the webhook was deleted
 */
const recordAttempt = async (
  parts: LaneParts,
  delivery: Delivery,
  opening: Opening,
): Promise<'gone' | undefined> => {
  const { attempt, text } = await open(parts, delivery, opening);
  const recorded = await delivery.advance(() => [{ type: 'DeliveryAttempted', data: attempt }]);
  if (recorded === 'gone') return 'gone';
  // A restored log may not know that it was sent, so it is looked up first.
  if (recorded.length === 0 || delivery.mayBeForgotten) return;
  delivery.mayBeSent = false;
  delivery.unsent = text;
};

const open = async (
  { store, baseUrl, readLinks }: LaneParts,
  delivery: Delivery,
  { target, recipient, content }: Opening,
): Promise<ReturnType<typeof openDelivery>> => {
  if (content.kind === 'coalesced')
    return openCoalesced(delivery, target, recipient, { content, baseUrl, readLinks });
  const { webhook, revisions } = target;
  const { payload } = content;
  const eventType = await eventTypeAtReceipt(store, payload, { webhook, revision: revisions.webhook });
  return openDelivery(delivery, target, recipient, { payload, eventType, baseUrl, readLinks });
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
