import { statement } from '@mission-control/projections';
import type { Insertable } from 'kysely';
import type { BoardWebhookPayloadRow, WebhookDeliveryRow } from '../../tables/payloads.ts';
import { type ColumnTypes, rowsStatement } from '../rows-statement.ts';

type PayloadKey = 'id' | 'webhook_id' | 'content_sha256';
type PayloadChange = 'status' | 'status_reason' | 'delivery_id' | 'arrivals' | 'differing_arrivals';
/** What can change about a stored payload, and what determines the change. */
export type PayloadState = Pick<BoardWebhookPayloadRow, PayloadKey | PayloadChange>;

const changing: ColumnTypes<Pick<PayloadState, PayloadChange>> = {
  ...{ status: 'text', status_reason: 'text', delivery_id: 'uuid' },
  ...{ arrivals: 'integer', differing_arrivals: 'integer' },
};
const state: ColumnTypes<PayloadState> = {
  ...{ id: 'uuid', webhook_id: 'uuid', content_sha256: 'text' },
  ...changing,
};

/** All columns: an omitted one would keep its default. */
const payload: ColumnTypes<BoardWebhookPayloadRow> = {
  ...{
    board_id: 'uuid',
    payload: 'json',
    payload_encoding: 'text',
    headers: 'json',
    request_headers: 'json',
  },
  ...{ source_ip: 'text', content_type: 'text', received_at: 'timestamptz', sha256: 'text', size: 'integer' },
  ...{ signature_verdict: 'text', signature_scheme: 'text', signature_secret: 'text' },
  ...{ webhook_revision: 'integer', stream_revision: 'integer', position: 'numeric' },
  ...state,
};

const delivery: ColumnTypes<WebhookDeliveryRow> = {
  ...{ id: 'uuid', payload_id: 'uuid', board_id: 'uuid', webhook_id: 'uuid' },
  ...{ agent_id: 'uuid', gateway_id: 'uuid', session_key: 'text' },
  ...{ status: 'text', reason: 'text', detail: 'text', attempts: 'integer' },
  ...{ sent_at: 'timestamptz', sent_again: 'boolean', told_at: 'timestamptz', evidence: 'text' },
  ...{ run_id: 'text', run_outcome: 'text', run_code: 'text', ended_at: 'timestamptz' },
  ...{ requested_at: 'timestamptz', updated_at: 'timestamptz' },
  ...{ position: 'numeric', applied_position: 'numeric' },
};

const assignments = (columns: ColumnTypes<object>, from: string): string =>
  Object.keys(columns)
    .map((column) => `${column} = ${from}.${column}`)
    .join(', ');

export const selectPayloads = statement<PayloadState>(
  'select_payloads',
  `select ${Object.keys(state)} from board_webhook_payloads where id = any($1::uuid[])`,
);

export const insertPayloads = rowsStatement<Insertable<BoardWebhookPayloadRow>>(
  'insert_payloads',
  payload,
  (columns, rows) => `insert into board_webhook_payloads (${columns}) select ${columns} from ${rows} arrived`,
);

export const updatePayloads = rowsStatement<Pick<PayloadState, 'id' | PayloadChange>>(
  'update_payloads',
  { id: 'uuid', ...changing },
  (_, rows) =>
    `update board_webhook_payloads payload set ${assignments(changing, 'changed')}
       from ${rows} changed where payload.id = changed.id`,
);

export const selectDeliveries = statement<WebhookDeliveryRow>(
  'select_deliveries',
  `select ${Object.keys(delivery)} from webhook_deliveries where id = any($1::uuid[])`,
);

export const saveDeliveries = rowsStatement<WebhookDeliveryRow>(
  'save_deliveries',
  delivery,
  (columns, rows) =>
    `insert into webhook_deliveries (${columns}) select ${columns} from ${rows} delivery
     on conflict (id) do update set ${assignments(delivery, 'excluded')}`,
);
