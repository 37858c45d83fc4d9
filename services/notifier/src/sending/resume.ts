import type { DeliveryFact, EventData } from '@mission-control/contracts';
import { type Attempt, agentMessage, agentMessageTemplate, gatewayMayActOn } from '@mission-control/domain';
import { verdictOn } from '../confirming/verdict.ts';
import { type CoalescedContent, isErased } from '../delivery/content.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { LaneParts } from '../lane/lane-parts.ts';
import { routeOfAttempt } from '../lane/route.ts';
import { readTarget } from '../lane/target.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';
import { admit, expiredReason, expiresAfter, hasExpired } from './admission.ts';
import { nextCoalesced, renderCoalesced } from './coalesced.ts';
import { type Rendered, renderAgain, repetitionOf, replacementOf } from './message.ts';
import { attemptFailed, confirmed, failed, parked } from './outcome-facts.ts';
import { send, settle } from './send.ts';
import type { SessionView } from './session-view.ts';
import { again, over, type Turn, whenOpen } from './turn.ts';

/** How long to wait before retrying a look-up that is not possible now. */
const lookUpAgainMs = 500;
/** The settings of an OpenClaw gateway that cannot be dialled may change. */
const unusableMs = 1_000;

/**
 * The turn of a delivery that has begun, in this process or another, so the OpenClaw gateway may have its message. The session is
 * searched for every key that the delivery has had, and what is found decides. Only a message that this process has prepared and never
 * sent needs no look-up.
 *
 * A delivery that may have been sent is not parked for a reason that an admin can remove, because it would then be delivered again without
 * a look-up. Instead it waits until it is too old.
 */
export const resume = async (parts: LaneParts, session: SessionView, delivery: Delivery): Promise<Turn> => {
  const { attempt } = delivery;
  if (!attempt) return again();
  if ((await readTarget(parts.cache, delivery.cause, false)) === 'webhook_deleted') return over;
  const route = routeOfAttempt(attempt);
  if (route.name !== session.route.name) return { kind: 'elsewhere', route };
  const waitMs = attempt.retryAt === null ? 0 : Date.parse(attempt.retryAt) - Date.now();
  if (waitMs > 0) return again(waitMs);
  const admission = await admit(parts, session, attempt);
  switch (admission.kind) {
    case 'admitted':
      try {
        return await delivery.trace.attempt(() =>
          delivery.unsent === null
            ? settleOrSend(parts, session, delivery, attempt, admission.pass)
            : send(parts, session, delivery, delivery.unsent, admission.pass),
        );
      } finally {
        admission.pass.leave();
      }
    case 'wait':
      return admission.turn;
    case 'gateway_deleted':
      return settle(delivery, () => parked(delivery, 'gateway_deleted'));
    case 'unusable':
    case 'rejected':
      if (!delivery.mayBeSent)
        return settle(delivery, () => parked(delivery, admission.code, admission.detail));
      break;
    case 'away':
      break;
    default:
      return admission satisfies never;
  }
  if (hasExpired(delivery, parts)) return settle(delivery, () => parked(delivery, expiredReason));
  return admission.closed ? whenOpen(admission.closed, expiresAfter(delivery, parts)) : again(unusableMs);
};

const settleOrSend = async (
  parts: LaneParts,
  session: SessionView,
  delivery: Delivery,
  attempt: Attempt,
  pass: Pass,
): Promise<Turn> => {
  const found = await session.lookUp(delivery, pass);
  if (found.kind !== 'found') {
    pass.leave(found);
    return again(lookUpAgainMs);
  }
  const verdict = verdictOn(evidenceOf(delivery, attempt), found, true);
  const recordThen = async (facts: () => readonly DeliveryFact[], turn: Turn): Promise<Turn> => {
    const recorded = await delivery.advance(facts);
    if (recorded === 'gone') return over;
    return recorded.length > 0 ? turn : again();
  };
  switch (verdict.kind) {
    case 'told':
      pass.leave(found);
      return recordThen(() => confirmed(delivery, verdict), { kind: 'told' });
    case 'pending':
      pass.leave(found);
      return backToConfirming(attempt, found.bootId, pass);
    case 'lost': {
      delivery.doubt = null;
      const { idempotencyKey } = attempt;
      const lost = { ...delivery.ids, idempotencyKey, reason: verdict.reason };
      return recordThen(() => [{ type: 'MessageLost', data: lost }], again());
    }
    case 'unknown':
      return settle(delivery, () => ({
        type: 'DeliveryOutcomeUnknown',
        data: { ...delivery.ids, reason: verdict.reason },
      }));
    case 'unseen':
    case 'absent':
      // No key that the delivery may have had is in the session.
      delivery.mayBeForgotten = false;
      return ofAbsent(parts, session, delivery, attempt, pass);
    default:
      return verdict satisfies never;
  }
};

const evidenceOf = (delivery: Delivery, attempt: Attempt): Parameters<typeof verdictOn>[0] => ({
  attempt,
  lost: delivery.own?.status === 'interrupted',
  bootId: attempt.sent?.bootId ?? null,
  seen: { ...delivery.seen, sessionId: attempt.sent?.sessionId ?? delivery.seen.sessionId },
  sentAfter: delivery.mayBeSent ? delivery.attemptedAt : null,
});

/** The OpenClaw gateway has the message, whether or not it acknowledged it. */
const backToConfirming = ({ sent, idempotencyKey }: Attempt, bootId: string | null, pass: Pass): Turn => ({
  kind: 'sent',
  acknowledged: sent ?? { runId: idempotencyKey, bootId, sessionId: undefined },
  epoch: pass.epoch,
  at: sent ? Date.parse(sent.at) : Date.now(),
});

const ofAbsent = async (
  parts: LaneParts,
  session: SessionView,
  delivery: Delivery,
  attempt: Attempt,
  pass: Pass,
): Promise<Turn> => {
  const { policy, times } = parts;
  const acknowledged = delivery.own?.status === 'sent' ? attempt.sent : null;
  if (acknowledged && !delivery.doubt && Date.now() - Date.parse(acknowledged.at) < times.forgottenAfter) {
    return backToConfirming(attempt, null, pass);
  }
  const why = delivery.doubt ?? (acknowledged && { code: 'message_forgotten', detail: null });
  if (why) {
    const now = { policy, now: Date.now(), random: Math.random() };
    await delivery.advance(() => attemptFailed(delivery, why, now));
    delivery.doubt = null;
    return again();
  }
  return sendAgain(parts, session, delivery, attempt, pass);
};

const sendAgain = async (
  parts: LaneParts,
  session: SessionView,
  delivery: Delivery,
  attempt: Attempt,
  pass: Pass,
): Promise<Turn> => {
  const content = await delivery.content(attempt.template);
  if (!content) return settle(delivery, () => failed(delivery, 'payload_expired'));
  if (isErased(content)) return settle(delivery, () => failed(delivery, 'content_erased'));
  if (content.kind === 'coalesced')
    return sendCoalescedAgain(parts, session, delivery, { attempt, content, pass });
  const rendered = await renderAgain(parts, attempt, content.payload);
  if (!rendered) return settle(delivery, () => failed(delivery, 'text_changed'));
  const next = nextAttempt(delivery, attempt, rendered);
  if (!next) return send(parts, session, delivery, rendered.text, pass);
  const recorded = await delivery.advance(() => [{ type: 'DeliveryAttempted', data: next }]);
  if (recorded === 'gone' || recorded.length === 0) return again();
  delivery.mayBeSent = false;
  const text = next.template === attempt.template ? rendered.text : agentMessage(rendered.parts);
  return send(parts, session, delivery, text, pass);
};

interface CoalescedAgain {
  readonly attempt: Attempt;
  readonly content: CoalescedContent;
  readonly pass: Pass;
}

const sendCoalescedAgain = async (
  parts: LaneParts,
  session: SessionView,
  delivery: Delivery,
  { attempt, content, pass }: CoalescedAgain,
): Promise<Turn> => {
  const text = await renderCoalesced(parts, attempt, content);
  if (text === null) return settle(delivery, () => failed(delivery, 'text_changed'));
  const next = nextCoalesced(attempt, { text, content, isLost: delivery.own?.status === 'interrupted' });
  if (!next) return send(parts, session, delivery, text, pass);
  const recorded = await delivery.advance(() => [{ type: 'DeliveryAttempted', data: next }]);
  if (recorded === 'gone' || recorded.length === 0) return again();
  delivery.mayBeSent = false;
  return send(parts, session, delivery, text, pass);
};

/** null: the same attempt again. */
const nextAttempt = (
  delivery: Delivery,
  attempt: Attempt,
  { text, parts }: Rendered,
): EventData<'DeliveryAttempted'> | null => {
  const mustChange = attempt.template !== agentMessageTemplate && gatewayMayActOn(text);
  const lost = delivery.own?.status === 'interrupted';
  if (!mustChange && !lost) return null;
  const data = mustChange ? replacementOf(attempt, parts) : repetitionOf(attempt);
  return lost ? { ...data, idempotencyKey: repetitionOf(attempt).idempotencyKey } : data;
};
