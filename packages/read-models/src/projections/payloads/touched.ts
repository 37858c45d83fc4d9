import { eventTypes, isEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import { type Insertable, sql, type Transaction } from 'kysely';
import type { BoardWebhookPayloadRow, PayloadStatus, WebhookDeliveryRow } from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { anyOf, inChunks, storable } from '../statements.ts';
import { type Moved, moveCounts } from './counts.ts';
import { type DeliveryEvent, deliveryIdOf, evolveDelivery, payloadStatusOf } from './delivery-row.ts';
import { contentDigestOf, payloadRow } from './payload-row.ts';

const stateColumns = [
  'id',
  'webhook_id',
  'status',
  'status_reason',
  'delivery_id',
  'content_sha256',
  'arrivals',
  'differing_arrivals',
] as const;

/** What can change about a stored payload, and what determines the change. */
type PayloadState = Pick<BoardWebhookPayloadRow, (typeof stateColumns)[number]>;

/** Payloads and deliveries that a batch touches. */
export class Touched {
  readonly payloads: ChangedRows<PayloadState>;
  readonly deliveries: ChangedRows<WebhookDeliveryRow>;
  /** Rows of payloads that arrived for the first time, without later changes. */
  readonly arrived = new Map<string, Insertable<BoardWebhookPayloadRow>>();
  /** The stored status of payloads that existed before the batch. */
  readonly storedStatus: ReadonlyMap<string, PayloadStatus>;

  constructor(payloads: readonly PayloadState[], deliveries: readonly WebhookDeliveryRow[]) {
    this.payloads = new ChangedRows(payloads);
    this.deliveries = new ChangedRows(deliveries);
    this.storedStatus = new Map(payloads.map(({ id, status }) => [id, status]));
  }

  /** @param fresh ids of events whose arrival has not been counted yet; each is counted once */
  evolve(event: ProjectedEvent, fresh: Set<string>): void {
    if (isEvent(event, 'WebhookPayloadReceived')) {
      if (fresh.delete(event.id)) this.#arrive(event);
    } else if (isEvent(event, ...eventTypes.delivery)) this.#deliver(event);
  }

  #arrive(event: Parameters<typeof payloadRow>[0]): void {
    const payload = this.payloads.get(event.data.payloadId);
    if (payload) {
      const differs = contentDigestOf(event.data) !== payload.content_sha256;
      this.payloads.put({
        ...payload,
        arrivals: payload.arrivals + 1,
        differing_arrivals: payload.differing_arrivals + (differs ? 1 : 0),
      });
      return;
    }
    const row = payloadRow(event);
    this.arrived.set(row.id, row);
    this.payloads.put({
      id: row.id,
      webhook_id: row.webhook_id,
      status: row.status,
      status_reason: null,
      delivery_id: null,
      content_sha256: row.content_sha256,
      arrivals: row.arrivals,
      differing_arrivals: row.differing_arrivals,
    });
  }

  /** A payload that does not exist has expired, so events of its deliveries leave no row. */
  #deliver(event: DeliveryEvent): void {
    const payload = this.payloads.get(event.data.payloadId);
    if (!payload) return;
    const before = this.deliveries.get(deliveryIdOf(event));
    const delivery = evolveDelivery(before, event);
    if (delivery === before) return;
    this.deliveries.put(delivery);
    const status = payloadStatusOf(delivery);
    const begins = status !== undefined && (before === undefined || payloadStatusOf(before) === undefined);
    if (status && (begins || payload.delivery_id === delivery.id))
      this.payloads.put({ ...payload, ...status, delivery_id: delivery.id });
  }
}

export const loadTouched = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Touched> => {
  const payloadIds = events.flatMap(({ data }) => ('payloadId' in data ? (data.payloadId ?? []) : []));
  const deliveryIds = events.flatMap((event) =>
    isEvent(event, ...eventTypes.delivery) ? deliveryIdOf(event) : [],
  );
  const payloads = await tx
    .selectFrom('board_webhook_payloads')
    .select(stateColumns)
    .where('id', '=', anyOf(payloadIds))
    .execute();
  const deliveries = await tx
    .selectFrom('webhook_deliveries')
    .selectAll()
    .where('id', '=', anyOf(deliveryIds))
    .execute();
  return new Touched(payloads, deliveries);
};

export const saveTouched = async (tx: Transaction<ReadModels>, touched: Touched): Promise<void> => {
  const written = touched.payloads.written;
  const changed = written.filter((payload) => touched.storedStatus.has(payload.id));
  const arrived = written.flatMap((payload) => {
    const row = touched.arrived.get(payload.id);
    return row ? [{ ...row, ...payload }] : [];
  });
  for (const chunk of inChunks(arrived)) {
    await tx.insertInto('board_webhook_payloads').values(chunk.map(storable)).execute();
  }
  if (changed.length > 0) await updatePayloads(tx, changed);
  await saveDeliveries(tx, touched.deliveries.written);
  await moveCounts(tx, [
    ...arrived.map((payload) => ({ ...payload, payloads: 1 })),
    ...changed.flatMap((payload) => movesOf(payload, touched.storedStatus.get(payload.id))),
  ]);
};

const movesOf = ({ webhook_id, status }: PayloadState, before: PayloadStatus | undefined): Moved[] =>
  before === undefined || before === status
    ? []
    : [
        { webhook_id, status: before, payloads: -1 },
        { webhook_id, status, payloads: 1 },
      ];

const updatePayloads = async (
  tx: Transaction<ReadModels>,
  payloads: readonly PayloadState[],
): Promise<void> => {
  const clean = payloads.map(storable);
  await sql`
    update board_webhook_payloads payload
       set status = changed.status, status_reason = changed.status_reason,
           delivery_id = changed.delivery_id, arrivals = changed.arrivals,
           differing_arrivals = changed.differing_arrivals
      from unnest(${clean.map((one) => one.id)}::uuid[], ${clean.map((one) => one.status)}::text[],
                  ${clean.map((one) => one.status_reason)}::text[],
                  ${clean.map((one) => one.delivery_id)}::uuid[],
                  ${clean.map((one) => one.arrivals)}::integer[],
                  ${clean.map((one) => one.differing_arrivals)}::integer[])
           changed (id, status, status_reason, delivery_id, arrivals, differing_arrivals)
     where payload.id = changed.id`.execute(tx);
};

const saveDeliveries = async (
  tx: Transaction<ReadModels>,
  deliveries: readonly WebhookDeliveryRow[],
): Promise<void> => {
  for (const chunk of inChunks(deliveries)) {
    await tx
      .insertInto('webhook_deliveries')
      .values(chunk.map(storable))
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((set) =>
            Object.fromEntries(
              Object.keys(chunk[0] ?? {}).map((column) => [column, set.ref(`excluded.${column}` as never)]),
            ),
          ),
      )
      .execute();
  }
};
