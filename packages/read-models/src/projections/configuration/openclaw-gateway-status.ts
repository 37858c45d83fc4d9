import { eventTypes, isEvent, type OpenclawGatewayStatusFact, unchangedBy } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { OpenclawGatewayRow } from '../../tables/configuration.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { anyOf, storable } from '../statements.ts';

const columns = [
  'id',
  'delivery_state',
  'delivery_since',
  'delivery_code',
  'delivery_detail',
  'pairing_request_id',
  'delivery_position',
] as const;
type StatusRow = Pick<OpenclawGatewayRow, (typeof columns)[number]>;

/**
 * Applies the status events to the rows of OpenClaw gateways that exist. They are in separate streams, so they have a separate position.
 */
export const projectOpenclawGatewayStatus = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<void> => {
  const ours = events.filter((event) => isEvent(event, ...eventTypes.openclawGatewayStatus));
  if (ours.length === 0) return;
  const ids = ours.map((event) => event.data.gatewayId);
  const rows = new ChangedRows<StatusRow>(
    await tx.selectFrom('openclaw_gateways').select(columns).where('id', '=', anyOf(ids)).execute(),
    (row) => row.id,
  );
  for (const event of ours) {
    const row = rows.get(event.data.gatewayId);
    if (!row || (row.delivery_position !== null && event.position <= row.delivery_position)) continue;
    rows.put({ ...evolveStatus(row, event, event.metadata.occurredAt), delivery_position: event.position });
  }
  for (const { id, ...changed } of rows.written) {
    await tx.updateTable('openclaw_gateways').set(storable(changed)).where('id', '=', id).execute();
  }
};

/** The columns of an OpenClaw gateway's row that its status events change. */
export type StatusColumns = Omit<StatusRow, 'id' | 'delivery_position'>;

/** It has been away, or has rejected us, since the first event that said so. The reason may change in the meantime. */
export const evolveStatus = <Row extends StatusColumns>(
  row: Row,
  { type, data }: OpenclawGatewayStatusFact,
  at: string,
): Row => {
  const since = (state: StatusColumns['delivery_state']) =>
    row.delivery_state === state ? row.delivery_since : at;
  switch (type) {
    case 'OpenclawGatewayAvailable':
      return {
        ...row,
        delivery_state: 'available',
        delivery_since: since('available'),
        delivery_code: null,
        delivery_detail: null,
        pairing_request_id: null,
      };
    case 'OpenclawGatewayUnavailable':
      return {
        ...row,
        delivery_state: data.state,
        delivery_since: since(data.state),
        delivery_code: data.code,
        delivery_detail: data.detail,
        pairing_request_id: data.pairingRequestId,
      };
    default:
      return unchangedBy(row, type);
  }
};
