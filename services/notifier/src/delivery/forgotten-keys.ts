import type { Deliveries } from '@mission-control/domain';
import { agentMessageTemplate, agentMessageTemplates } from '@mission-control/domain';

/** How often a message may have been lost and sent again since the backup, and how many parked deliveries may have been told. */
const mostLosses = 3;
const mostParked = 3;

/** The keys that a delivery's messages get, the first one first. */
export const replacementKey = (deliveryId: string, template = agentMessageTemplate): string =>
  `${deliveryId}:${template}`;
/** @param told how many of the payloads that are told together were left when the text was made */
export const shortenedKey = (deliveryId: string, told: number): string => `${deliveryId}:s${told}`;
export const repetitionKey = (deliveryId: string, losses: number): string => `${deliveryId}:r${losses}`;

/**
 * The keys of messages that a restored log may not know of: those that the delivery may have had since the backup, and those of earlier
 * deliveries of the payload that were parked after the restore. All keys follow from the ids of deliveries, which a restored log gives again.
 */
export const forgottenKeys = (deliveryId: string, deliveries: Deliveries): readonly string[] => {
  const parked = [...deliveries].flatMap(([id, { status }]) => (status === 'parked' ? [id] : []));
  return [...parked.slice(-mostParked), deliveryId].flatMap((id) => [
    id,
    // An older release replaced attempts with the template that was its newest.
    ...[...agentMessageTemplates.keys()].slice(1).map((template) => replacementKey(id, template)),
    ...Array.from({ length: mostLosses }, (_, n) => repetitionKey(id, n + 1)),
  ]);
};
