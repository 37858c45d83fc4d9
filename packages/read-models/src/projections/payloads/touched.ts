import { type DomainEvent, isEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type {
  PayloadStatus,
  WebhookCoalescedPayloadRow,
  WebhookDeliveryRow,
  WebhookPayloadStateRow,
} from '../../tables/payloads.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { type Moved, moveCounts } from './counts.ts';
import {
  type DeliveryEvent,
  deliveryIdOf,
  evolveDelivery,
  isDeliveryEvent,
  payloadStatusOf,
} from './delivery-row.ts';
import { type Arrived, withEventTypes } from './event-types.ts';
import { contentDigestOf, payloadRow } from './payload-row.ts';
import {
  insertCoalesced,
  insertPayloads,
  insertStates,
  saveDeliveries,
  selectCoalesced,
  selectDeliveries,
  selectDigests,
  selectStates,
  updateStates,
} from './rows.ts';

/** Payloads and deliveries that a batch touches. Payloads that are told together all have the status of their delivery. */
export class Touched {
  readonly states: ChangedRows<WebhookPayloadStateRow>;
  readonly deliveries: ChangedRows<WebhookDeliveryRow>;
  /** Rows of payloads that arrived for the first time. */
  readonly arrived = new Map<string, Arrived>();
  /** The stored status of payloads that existed before the batch. */
  readonly storedStatus: ReadonlyMap<string, PayloadStatus>;
  /** Rows of payloads that are told together from now on. */
  readonly coalesced: WebhookCoalescedPayloadRow[] = [];
  /** The payloads that are told together, oldest first, by the event that says so. */
  readonly #told: Map<string, readonly string[]>;
  /** The digests of first arrivals, of the payloads that arrive in the batch. */
  readonly #digests: Map<string, string>;

  constructor(
    states: readonly WebhookPayloadStateRow[],
    deliveries: readonly WebhookDeliveryRow[],
    digests: ReadonlyMap<string, string>,
    told: ReadonlyMap<string, readonly string[]>,
  ) {
    this.states = new ChangedRows(states, (row) => row.payload_id);
    this.deliveries = new ChangedRows(deliveries, (row) => row.id);
    this.storedStatus = new Map(states.map(({ payload_id, status }) => [payload_id, status]));
    this.#digests = new Map(digests);
    this.#told = new Map(told);
  }

  /** @param fresh ids of events whose arrival has not been counted yet; each is counted once */
  evolve(event: ProjectedEvent, fresh: Set<string>): void {
    if (isEvent(event, 'WebhookPayloadReceived')) {
      if (fresh.delete(event.id)) this.#arrive(event);
    } else if (isEvent(event, 'PayloadsCoalesced')) this.#coalesce(event);
    else if (isDeliveryEvent(event)) this.#deliver(event);
  }

  #arrive(event: Parameters<typeof payloadRow>[0]): void {
    const { payloadId, webhookId } = event.data;
    const state = this.states.get(payloadId);
    const digest = contentDigestOf(event.data);
    if (state) {
      const differs = digest !== this.#digests.get(payloadId);
      this.states.put({
        ...state,
        arrivals: state.arrivals + 1,
        differing_arrivals: state.differing_arrivals + (differs ? 1 : 0),
      });
      return;
    }
    this.arrived.set(payloadId, { row: payloadRow(event), payload: event.data });
    this.#digests.set(payloadId, digest);
    this.states.put({
      ...{ payload_id: payloadId, webhook_id: webhookId },
      ...{ position: event.position, received_at: event.data.receivedAt },
      ...{ status: 'stored', status_reason: null, delivery_id: null },
      ...{ arrivals: 1, differing_arrivals: 0 },
    });
  }

  /** Payloads that do not exist have been removed. */
  #coalesce({ id, revision, data }: ProjectedEvent & DomainEvent<'PayloadsCoalesced'>): void {
    const rows = data.payloads.map(({ payloadId }, item) => ({
      ...{ coalesced_id: id, payload_id: payloadId, webhook_id: data.webhookId, revision, item },
    }));
    const present = rows.filter((row) => this.states.get(row.payload_id));
    this.coalesced.push(...present);
    this.#told.set(
      id,
      present.map((row) => row.payload_id),
    );
  }

  /** The payloads that a delivery is about and that exist. A payload that does not has expired, so events of its deliveries leave no row. */
  #statesOf({ data: { payloadId } }: DeliveryEvent): WebhookPayloadStateRow[] {
    return (this.#told.get(payloadId) ?? [payloadId]).flatMap((id) => this.states.get(id) ?? []);
  }

  #deliver(event: DeliveryEvent): void {
    const states = this.#statesOf(event);
    const [oldest] = states;
    if (!oldest) return;
    const before = this.deliveries.get(deliveryIdOf(event));
    const isCoalesced = this.#told.has(event.data.payloadId);
    const delivery = evolveDelivery(before, event, isCoalesced ? oldest.payload_id : undefined);
    if (delivery === before) return;
    this.deliveries.put(delivery);
    const status = payloadStatusOf(delivery);
    if (!status) return;
    const begins = before === undefined || payloadStatusOf(before) === undefined;
    for (const state of states) {
      if (begins || state.delivery_id === delivery.id)
        this.states.put({ ...state, ...status, delivery_id: delivery.id });
    }
  }
}

export const loadTouched = async (
  tx: Transaction<ReadModels>,
  events: readonly ProjectedEvent[],
): Promise<Touched> => {
  const payloadIds = events.flatMap(payloadIdsOf);
  const deliveryIds = events.flatMap((event) => (isDeliveryEvent(event) ? deliveryIdOf(event) : []));
  const states = await selectStates(tx, [[...new Set(payloadIds)]]);
  const deliveries = deliveryIds.length === 0 ? [] : await selectDeliveries(tx, [[...new Set(deliveryIds)]]);
  const { told, others } = await coalescedOf(tx, states, events);
  return new Touched([...states, ...others], deliveries, await digestsOf(tx, states, events), told);
};

const payloadIdsOf = (event: ProjectedEvent): string[] => {
  if (isEvent(event, 'PayloadsCoalesced')) return event.data.payloads.map(({ payloadId }) => payloadId);
  const { data } = event;
  return 'payloadId' in data && data.payloadId ? [data.payloadId] : [];
};

/** What deliveries name as their payload is, if it is none, an event that names several. Their payloads are touched as well. */
const coalescedOf = async (
  tx: Transaction<ReadModels>,
  states: readonly WebhookPayloadStateRow[],
  events: readonly ProjectedEvent[],
) => {
  const told = new Map<string, string[]>();
  const known = new Set(states.map(({ payload_id }) => payload_id));
  for (const event of events) if (isEvent(event, 'WebhookPayloadReceived')) known.add(event.data.payloadId);
  const unknown = events.flatMap((event) =>
    isDeliveryEvent(event) && !known.has(event.data.payloadId) ? event.data.payloadId : [],
  );
  if (unknown.length === 0) return { told, others: [] };
  for (const { coalesced_id, payload_id } of await selectCoalesced(tx, [[...new Set(unknown)]]))
    told.set(coalesced_id, [...(told.get(coalesced_id) ?? []), payload_id]);
  const others = [...told.values()].flat().filter((id) => !known.has(id));
  return { told, others: others.length === 0 ? [] : await selectStates(tx, [[...new Set(others)]]) };
};

/** Only what arrives again is compared with its first arrival. */
const digestsOf = async (
  tx: Transaction<ReadModels>,
  states: readonly WebhookPayloadStateRow[],
  events: readonly ProjectedEvent[],
): Promise<Map<string, string>> => {
  const stored = new Set(states.map(({ payload_id }) => payload_id));
  const again = events.flatMap((event) =>
    isEvent(event, 'WebhookPayloadReceived') && stored.has(event.data.payloadId) ? event.data.payloadId : [],
  );
  if (again.length === 0) return new Map();
  const rows = await selectDigests(tx, [[...new Set(again)]]);
  return new Map(rows.map(({ id, content_sha256 }) => [id, content_sha256]));
};

export const saveTouched = async (tx: Transaction<ReadModels>, touched: Touched): Promise<void> => {
  const written = touched.states.written;
  const changed = written.filter((state) => touched.storedStatus.has(state.payload_id));
  const arrived = written.filter((state) => !touched.storedStatus.has(state.payload_id));
  await insertPayloads(tx, await withEventTypes(tx, [...touched.arrived.values()]));
  await insertStates(tx, arrived);
  await updateStates(tx, changed);
  await saveDeliveries(tx, touched.deliveries.written);
  if (touched.coalesced.length > 0) await insertCoalesced(tx, touched.coalesced);
  await moveCounts(tx, [
    ...arrived.map((state) => ({ ...state, payloads: 1 })),
    ...changed.flatMap((state) => movesOf(state, touched.storedStatus.get(state.payload_id))),
  ]);
};

const movesOf = (
  { webhook_id, status }: WebhookPayloadStateRow,
  before: PayloadStatus | undefined,
): Moved[] =>
  before === undefined || before === status
    ? []
    : [
        { webhook_id, status: before, payloads: -1 },
        { webhook_id, status, payloads: 1 },
      ];
