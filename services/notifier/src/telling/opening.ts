import type { DeliveryFact } from '@mission-control/contracts';
import { agentMessage, agentMessageTemplate } from '@mission-control/domain';
import type { Cause } from './cause.ts';
import { digestOf } from './message.ts';
import type { DeliveryTarget } from './target.ts';

/** How a delivery begins: the fact to append, and the text to send if there is an agent to tell. */
export interface Opening {
  readonly fact: DeliveryFact;
  readonly text: string | null;
}

export const openDelivery = (cause: Cause, target: DeliveryTarget, baseUrl: string): Opening => {
  const { webhook, board, recipient, revisions } = target;
  const delivery = deliveryOf(cause);
  if (!cause.payload) {
    return {
      fact: { type: 'DeliveryFailed', data: { ...delivery, reason: 'payload_expired', gatewayCode: null } },
      text: null,
    };
  }
  if (recipient.kind === 'nobody') {
    return {
      fact: {
        type: 'DeliveryParked',
        data: { ...delivery, arrivalRevision: cause.arrivalRevision, reason: recipient.reason },
      },
      text: null,
    };
  }
  const text = agentMessage({
    payload: cause.payload,
    instruction: webhook.description,
    boardName: board.name,
    baseUrl,
  });
  return {
    fact: {
      type: 'DeliveryAttempted',
      data: {
        ...delivery,
        arrivalRevision: cause.arrivalRevision,
        agentId: recipient.agentId,
        gatewayId: recipient.gatewayId,
        sessionKey: recipient.sessionKey,
        idempotencyKey: cause.eventId,
        revisions,
        template: agentMessageTemplate,
        baseUrl,
        textSha256: digestOf(text),
      },
    },
    text,
  };
};

/** The fields that all events of a delivery have in common. */
const deliveryOf = ({ payloadId, boardId, webhookId, eventId }: Cause) => ({
  payloadId,
  boardId,
  webhookId,
  deliveryId: eventId,
});
