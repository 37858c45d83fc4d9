import type { EventData } from '@mission-control/contracts';
import {
  agentMessage,
  agentMessageTemplate,
  type MessageParts,
  messageSettingOf,
  type Recipient,
} from '@mission-control/domain';
import type { Delivery } from '../delivery/delivery.ts';
import type { DeliveryTarget } from '../lane/target.ts';
import { digestOf } from './message.ts';
import type { ReadLinks } from './read-links.ts';

/** How a delivery begins: the attempt to record, and the text to send. */
export const openDelivery = async (
  { ids, cause: { eventId, arrivalRevision } }: Delivery,
  { webhook, board, revisions }: DeliveryTarget,
  { agentId, gatewayId, sessionKey }: Extract<Recipient, { kind: 'agent' }>,
  {
    payload,
    eventType,
    baseUrl,
    readLinks,
  }: Pick<MessageParts, 'payload' | 'eventType' | 'baseUrl'> & { readonly readLinks: ReadLinks },
): Promise<{ readonly attempt: EventData<'DeliveryAttempted'>; readonly text: string }> => {
  const begun = {
    ...ids,
    arrivalRevision,
    agentId,
    gatewayId,
    sessionKey,
    idempotencyKey: eventId,
    revisions,
    template: agentMessageTemplate,
    baseUrl,
    ...readLinks.begin(),
  };
  const text = agentMessage({
    payload,
    eventType,
    message: messageSettingOf(webhook),
    instruction: webhook.description,
    boardName: board.name,
    baseUrl,
    readLink: await readLinks.urlOf(begun),
  });
  return { attempt: { ...begun, textSha256: digestOf(text) }, text };
};
