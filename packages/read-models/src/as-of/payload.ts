import {
  eventTypes,
  isEvent,
  parseEvent,
  streams,
  type WebhookPayloadReceived,
  webhookDefaults,
} from '@mission-control/contracts';
import type { EventStore, Position } from '@mission-control/event-store';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Insertable, Selectable } from 'kysely';
import { deliveryIdOf, isDeliveryEvent } from '../projections/payloads/delivery-row.ts';
import { withEventType } from '../projections/payloads/event-types.ts';
import { Touched } from '../projections/payloads/touched.ts';
import { type Payload, shownPayload } from '../queries/payloads.ts';
import type {
  BoardWebhookPayloadRow,
  WebhookCoalescedPayloadRow,
  WebhookDeliveryRow,
  WebhookPayloadStateRow,
} from '../tables/payloads.ts';
import { eventsUpTo, resourceAt, withStatusAt } from './configuration.ts';

/** Where an arrival is. */
interface ArrivalPlace {
  readonly webhook_id: string;
  readonly payload_id: string;
  readonly revision: number;
}

/** Where the event is that names the payload together with others. */
type CoalescedPlace = Pick<WebhookCoalescedPayloadRow, 'coalesced_id' | 'webhook_id' | 'revision'>;

/** Where the events about a payload are. What is hidden is left out. */
export interface PayloadPlaces {
  readonly arrivals: readonly ArrivalPlace[];
  readonly coalesced: readonly CoalescedPlace[];
}

/** What changes about a payload after its first arrival. */
type PayloadProgress = Pick<
  WebhookPayloadStateRow,
  'status' | 'status_reason' | 'delivery_id' | 'arrivals' | 'differing_arrivals'
>;

/** One event about a payload, with the payload before and after it; null: it had not arrived. */
export interface PayloadChange {
  readonly event: ProjectedEvent;
  readonly before: PayloadProgress | null;
  readonly after: PayloadProgress | null;
}

/** The events of a payload up to a position, in log order: its arrivals and those of its deliveries. */
const eventsOf = async (
  store: EventStore,
  payloadId: string,
  { arrivals, coalesced }: PayloadPlaces,
  position: Position | undefined,
): Promise<ProjectedEvent[]> => {
  const events: ProjectedEvent[] = [];
  for (const { webhook_id, revision } of coalesced) {
    const recorded = await store.readEvent(streams.coalesced(webhook_id), revision);
    if (recorded !== 'gone' && (position === undefined || recorded.position <= position))
      events.push(parseEvent(recorded) as ProjectedEvent);
  }
  for (const { webhook_id, revision } of arrivals) {
    const recorded = await store.readEvent(streams.payloads(webhook_id), revision);
    if (recorded !== 'gone') events.push(parseEvent(recorded) as ProjectedEvent);
  }
  for (const id of [payloadId, ...coalesced.map(({ coalesced_id }) => coalesced_id)]) {
    for await (const event of eventsUpTo(store, streams.delivery(id), { position }))
      if (isEvent(event, ...eventTypes.delivery)) events.push(event);
  }
  return events.sort((one, other) => (one.position < other.position ? -1 : 1));
};

/** Every change of a payload, oldest first, folded as the projection `payloads` folds it. */
export const payloadChanges = async (
  store: EventStore,
  payloadId: string,
  places: PayloadPlaces,
): Promise<PayloadChange[]> => {
  const touched = new Touched([], [], new Map(), new Map());
  let before: PayloadProgress | null = null;
  return (await eventsOf(store, payloadId, places, undefined)).map((event) => {
    touched.evolve(event, new Set([event.id]));
    const after = progressOf(touched, payloadId);
    const change = { event, before, after };
    before = after;
    return change;
  });
};

const progressOf = (touched: Touched, payloadId: string): PayloadProgress | null => {
  const row = touched.states.get(payloadId);
  if (!row) return null;
  const { status, status_reason, delivery_id, arrivals, differing_arrivals } = row;
  return { status, status_reason, delivery_id, arrivals, differing_arrivals };
};

/**
 * A payload as a query would have shown it at a position of the log.
 *
 * @returns undefined if none of its arrivals can be read any more
 */
export const payloadAt = async (
  store: EventStore,
  payloadId: string,
  places: PayloadPlaces,
  position: Position,
): Promise<Payload | undefined> => {
  const touched = new Touched([], [], new Map(), new Map());
  for (const event of await eventsOf(store, payloadId, places, position))
    touched.evolve(event, new Set([event.id]));
  const arrived = touched.arrived.get(payloadId);
  const progress = progressOf(touched, payloadId);
  if (!arrived || !progress) return undefined;
  return shownPayload({
    ...asSelected(withEventType(arrived, await settingAtReceipt(store, arrived.payload))),
    ...progress,
    ...deliveryPart(touched.deliveries.get(progress.delivery_id ?? '')),
    ...(await gatewayPart(store, arrived.row.board_id, position)),
  });
};

/** Where the event type was to be read when the payload arrived. The webhook may have been deleted since. */
const settingAtReceipt = async (
  store: EventStore,
  { webhookId, webhookRevision }: WebhookPayloadReceived,
): Promise<string> => {
  const webhook = await resourceAt(store, 'webhook', webhookId, { revision: webhookRevision });
  return webhook.state === 'present' ? webhook.row.event_type : webhookDefaults.eventType;
};

/** A row as the database returns it. Every column is set, and JSON that is shown as JSON is kept as text. */
const asSelected = (row: Insertable<BoardWebhookPayloadRow>) =>
  ({
    ...row,
    headers: JSON.parse(row.headers),
    request_headers: JSON.parse(row.request_headers),
  }) as unknown as Omit<Selectable<BoardWebhookPayloadRow>, 'payload'> & { readonly payload: string };

const deliveryPart = (delivery: WebhookDeliveryRow | undefined) => ({
  detail: delivery?.detail ?? null,
  told_at: delivery?.told_at ?? null,
  updated_at: delivery?.updated_at ?? null,
  filter_error: delivery?.filter_error ?? null,
});

/** A payload that waits for its board's OpenClaw gateway is shown with that status. */
const gatewayPart = async (store: EventStore, boardId: string, position: Position) => {
  const board = await resourceAt(store, 'board', boardId, { position });
  const gatewayId = board.state === 'present' ? board.row.gateway_id : null;
  const found = gatewayId === null ? null : await resourceAt(store, 'gateway', gatewayId, { position });
  const gateway = found?.state === 'present' ? await withStatusAt(store, found.row, position) : null;
  return {
    delivery_state: gateway?.delivery_state ?? null,
    delivery_since: gateway?.delivery_since ?? null,
    delivery_code: gateway?.delivery_code ?? null,
    delivery_detail: gateway?.delivery_detail ?? null,
    pairing_request_id: gateway?.pairing_request_id ?? null,
  };
};

/** A payload as the read model shows it once its content is erased. */
export const withoutContent = (payload: Payload): Payload => ({
  ...payload,
  ...{ payload: 'null', payload_encoding: 'erased', headers: {}, request_headers: {} },
  ...{ source_ip: null, content_type: null, event_type: null, sender: null },
});

/** The delivery that an event of a payload is about; null: it is about the payload. */
export const deliveryOfEvent = (event: ProjectedEvent): string | null => {
  if (isEvent(event, 'PayloadsCoalesced')) return event.id;
  return isDeliveryEvent(event) ? deliveryIdOf(event) : null;
};
