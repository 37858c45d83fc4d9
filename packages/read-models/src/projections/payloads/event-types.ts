import { type WebhookPayloadReceived, webhookDefaults } from '@mission-control/contracts';
import { payloadEventType } from '@mission-control/domain';
import type { Insertable, Transaction } from 'kysely';
import type { BoardWebhookPayloadRow } from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import type { ArrivedRow } from './payload-row.ts';
import { settings } from './settings.ts';

/** A payload that arrived for the first time. */
export interface Arrived {
  readonly row: ArrivedRow;
  readonly payload: WebhookPayloadReceived;
}

/** @param setting `eventType` of the webhook when the payload arrived */
export const withEventType = (
  { row, payload }: Arrived,
  setting: string,
): Insertable<BoardWebhookPayloadRow> => {
  // The row says as little as one whose payload is erased later.
  if (payload.body.enc === 'erased') return { ...row, event_type: null, sender: null };
  const { type, sender } = payloadEventType(payload, setting);
  return { ...row, event_type: type, sender };
};

/** By the settings that were in force when the payloads arrived. */
export const withEventTypes = async (
  tx: Transaction<ReadModels>,
  arrived: readonly Arrived[],
): Promise<Insertable<BoardWebhookPayloadRow>[]> => {
  const inForce = await settings.inForce(
    tx,
    arrived.map(({ payload }) => ({ webhookId: payload.webhookId, revision: payload.webhookRevision })),
  );
  return arrived.map((one, i) => withEventType(one, inForce[i]?.event_type ?? webhookDefaults.eventType));
};
