import type { EventData } from '@mission-control/contracts';
import {
  agentMessage,
  agentMessageTemplate,
  type MessageParts,
  type Recipient,
} from '@mission-control/domain';
import type { Delivery } from '../delivery/delivery.ts';
import type { DeliveryTarget } from '../lane/target.ts';
import { digestOf } from './message.ts';

/** How a delivery begins: the attempt to record, and the text to send. */
export const openDelivery = (
  { ids, cause: { eventId, arrivalRevision } }: Delivery,
  { webhook, board, revisions }: DeliveryTarget,
  { agentId, gatewayId, sessionKey }: Extract<Recipient, { kind: 'agent' }>,
  { payload, eventType, baseUrl }: Pick<MessageParts, 'payload' | 'eventType' | 'baseUrl'>,
): { readonly attempt: EventData<'DeliveryAttempted'>; readonly text: string } => {
  const text = agentMessage({
    payload,
    eventType,
    message: null,
    instruction: webhook.description,
    boardName: board.name,
    baseUrl,
    readLink: null,
  });
  const attempt = {
    ...ids,
    arrivalRevision,
    agentId,
    gatewayId,
    sessionKey,
    idempotencyKey: eventId,
    revisions,
    template: agentMessageTemplate,
    baseUrl,
    textSha256: digestOf(text),
  };
  return { attempt, text };
};
