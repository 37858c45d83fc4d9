import { statement } from '@mission-control/projections';
import type { Insertable } from 'kysely';
import type {
  BoardWebhookPayloadRow,
  WebhookCoalescedPayloadRow,
  WebhookDeliveryRow,
  WebhookPayloadStateRow,
} from '../../tables/payloads.ts';
import { type ColumnTypes, rowsStatement } from '../rows-statement.ts';

type PayloadChange = 'status' | 'status_reason' | 'delivery_id' | 'arrivals' | 'differing_arrivals';
const changing: ColumnTypes<Pick<WebhookPayloadStateRow, PayloadChange>> = {
  ...{ status: 'text', status_reason: 'text', delivery_id: 'uuid' },
  ...{ arrivals: 'integer', differing_arrivals: 'integer' },
};
const state: ColumnTypes<WebhookPayloadStateRow> = {
  ...{ payload_id: 'uuid', webhook_id: 'uuid', position: 'numeric', received_at: 'timestamptz' },
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
  ...{
    source_ip: 'text',
    content_type: 'text',
    event_type: 'text',
    sender: 'text',
    encrypted: 'boolean',
    received_at: 'timestamptz',
    sha256: 'text',
    size: 'integer',
  },
  ...{ signature_verdict: 'text', signature_scheme: 'text', signature_secret: 'text' },
  ...{ id: 'uuid', webhook_id: 'uuid', content_sha256: 'text' },
  ...{ webhook_revision: 'integer', stream_revision: 'integer', position: 'numeric' },
};

const delivery: ColumnTypes<WebhookDeliveryRow> = {
  ...{ id: 'uuid', payload_id: 'uuid', coalesced_id: 'uuid', board_id: 'uuid', webhook_id: 'uuid' },
  ...{ agent_id: 'uuid', gateway_id: 'uuid', session_key: 'text' },
  ...{ status: 'text', reason: 'text', detail: 'text', attempts: 'integer' },
  ...{ sent_at: 'timestamptz', sent_again: 'boolean', told_at: 'timestamptz', evidence: 'text' },
  ...{ run_id: 'text', run_outcome: 'text', run_code: 'text', ended_at: 'timestamptz' },
  filter_error: 'text',
  ...{ requested_at: 'timestamptz', updated_at: 'timestamptz' },
  ...{ position: 'numeric', applied_position: 'numeric' },
};

const assignments = (columns: ColumnTypes<object>, from: string): string =>
  Object.keys(columns)
    .map((column) => `${column} = ${from}.${column}`)
    .join(', ');

export const selectStates = statement<WebhookPayloadStateRow>(
  'select_payload_states',
  `select ${Object.keys(state)} from webhook_payload_states where payload_id = any($1::uuid[])`,
);

/** The digests of first arrivals. */
export const selectDigests = statement<Pick<BoardWebhookPayloadRow, 'id' | 'content_sha256'>>(
  'select_payload_digests',
  'select id, content_sha256 from board_webhook_payloads where id = any($1::uuid[])',
);

export const insertPayloads = rowsStatement<Insertable<BoardWebhookPayloadRow>>(
  'insert_payloads',
  payload,
  (columns, rows) => `insert into board_webhook_payloads (${columns}) select ${columns} from ${rows} arrived`,
);

export const insertStates = rowsStatement<WebhookPayloadStateRow>(
  'insert_payload_states',
  state,
  (columns, rows) => `insert into webhook_payload_states (${columns}) select ${columns} from ${rows} arrived`,
);

export const updateStates = rowsStatement<Pick<WebhookPayloadStateRow, 'payload_id' | PayloadChange>>(
  'update_payload_states',
  { payload_id: 'uuid', ...changing },
  (_, rows) =>
    `update webhook_payload_states state set ${assignments(changing, 'changed')}
       from ${rows} changed where state.payload_id = changed.payload_id`,
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

export const selectCoalesced = statement<Pick<WebhookCoalescedPayloadRow, 'coalesced_id' | 'payload_id'>>(
  'select_coalesced_payloads',
  `select coalesced_id, payload_id from webhook_coalesced_payloads
    where coalesced_id = any($1::uuid[]) order by coalesced_id, item`,
);

export const insertCoalesced = rowsStatement<WebhookCoalescedPayloadRow>(
  'insert_coalesced_payloads',
  { coalesced_id: 'uuid', payload_id: 'uuid', webhook_id: 'uuid', revision: 'integer', item: 'integer' },
  (columns, rows) =>
    `insert into webhook_coalesced_payloads (${columns}) select ${columns} from ${rows} told
     on conflict (coalesced_id, payload_id) do nothing`,
);
