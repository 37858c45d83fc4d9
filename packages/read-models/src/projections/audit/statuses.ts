import { openclawGatewayStatusesKept, streamPrefixes } from '@mission-control/contracts';
import { type ProjectedEvent, statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../../tables/read-models.ts';

/**
 * The log keeps the newest changes of an OpenClaw gateway's status only, and so does the index: otherwise a rebuild would have fewer.
 *
 * @param events of the batch, in log order
 */
export const keepNewestStatuses = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<void> => {
  const last = new Map<string, number>();
  for (const { stream, revision } of events) {
    if (stream.startsWith(streamPrefixes.openclawGatewayStatus)) last.set(stream, revision);
  }
  for (const [stream, revision] of last) {
    if (revision >= openclawGatewayStatusesKept)
      await deleteUpTo(tx, [stream, revision - openclawGatewayStatusesKept]);
  }
};

/** Removes the status events of these OpenClaw gateways: their streams are tombstoned. */
export const forgetStatusesOf = async (
  tx: Transaction<ReadModels>,
  gatewayIds: readonly string[],
): Promise<void> => {
  if (gatewayIds.length === 0) return;
  await deleteStreams(tx, [gatewayIds.map((id) => `${streamPrefixes.openclawGatewayStatus}${id}`)]);
};

const deleteUpTo = statement(
  'delete_audit_events_up_to_revision',
  'delete from audit_events where stream = $1::text and revision <= $2::integer',
);

const deleteStreams = statement(
  'delete_audit_events_of_streams',
  'delete from audit_events where stream = any($1::text[])',
);
