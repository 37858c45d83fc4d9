import type { DeliveryFact } from '@mission-control/contracts';
import type { Delivery } from '../delivery/delivery.ts';
import type { LaneParts } from '../lane/lane-parts.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';
import { rejectedFact } from './outcome-facts.ts';
import type { SessionView } from './session-view.ts';
import { again, over, type Turn } from './turn.ts';

/** Used when the OpenClaw gateway could not accept the message although its gate may be open. */
const unavailableMs = 250;
/** How long to wait until the ownership of the lane is certain again or has ended. */
const notOwnedMs = 100;

/**
 * Sends the message of the current attempt once. By now the attempt is recorded, and every key of the delivery was either looked up over
 * the same connection or never used.
 */
export const send = async (
  { ownership, throttle, answerTimeoutMs, metrics }: LaneParts,
  session: SessionView,
  delivery: Delivery,
  text: string,
  pass: Pass,
): Promise<Turn> => {
  const { attempt } = delivery;
  if (!attempt || !pass.valid() || session.mustSettle(pass.epoch)) return again();
  // No await between here and the socket: otherwise another process might own the lane by the time of the write.
  if (!ownership.owned()) return again(notOwnedMs);
  const { sessionKey, idempotencyKey, agentId, gatewayId } = attempt;
  const at = Date.now();
  const { mayBeSent } = delivery;
  delivery.mayBeSent = true;
  delivery.seen = session.seen;
  const sending = delivery.trace.send(gatewayId, () =>
    pass.connection.send({ sessionKey, idempotencyKey, message: text }, { timeoutMs: answerTimeoutMs }),
  );
  delivery.release();
  session.sending();
  const outcome = await sending;
  metrics.sent(gatewayId, outcome, Date.now() - at);
  pass.leave(outcome);
  switch (outcome.kind) {
    case 'accepted': {
      throttle.sent(agentId);
      const { runId, bootId } = outcome;
      const acknowledged = { runId, bootId, sessionId: delivery.seen.sessionId };
      return { kind: 'sent', acknowledged, epoch: pass.epoch, at };
    }
    case 'unavailable':
      delivery.mayBeSent = mayBeSent;
      return again(unavailableMs);
    case 'doubt':
      delivery.doubt = outcome;
      return { kind: 'doubt' };
    case 'rejected':
      return settle(delivery, () => rejectedFact(delivery, outcome));
    default:
      return outcome satisfies never;
  }
};

/** Records how the delivery ends. If another process has changed it in the meantime, it gets another turn. */
export const settle = async (delivery: Delivery, fact: () => DeliveryFact): Promise<Turn> => {
  const recorded = await delivery.advance(() => [fact()]);
  return recorded === 'gone' || recorded.length > 0 ? over : again();
};
