import { eventTypes, isEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Insertable, Transaction } from 'kysely';
import type { BoardWebhookPayloadRow, PayloadStatus, WebhookDeliveryRow } from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { type Moved, moveCounts } from './counts.ts';
import { type DeliveryEvent, deliveryIdOf, evolveDelivery, payloadStatusOf } from './delivery-row.ts';
import { contentDigestOf, payloadRow } from './payload-row.ts';
import {
  insertPayloads,
  type PayloadState,
  saveDeliveries,
  selectDeliveries,
  selectPayloads,
  updatePayloads,
} from './rows.ts';

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
  const payloads = await selectPayloads(tx, [[...new Set(payloadIds)]]);
  const deliveries = await selectDeliveries(tx, [[...new Set(deliveryIds)]]);
  return new Touched(payloads, deliveries);
};

export const saveTouched = async (tx: Transaction<ReadModels>, touched: Touched): Promise<void> => {
  const written = touched.payloads.written;
  const changed = written.filter((payload) => touched.storedStatus.has(payload.id));
  const arrived = written.flatMap((payload) => {
    const row = touched.arrived.get(payload.id);
    return row ? [{ ...row, ...payload }] : [];
  });
  await insertPayloads(tx, arrived);
  await updatePayloads(tx, changed);
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
