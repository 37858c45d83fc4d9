import { aggregates, expecting, type Loaded, loadAggregate } from '@mission-control/aggregates';
import {
  asEvent,
  type EventMetadata,
  type Fact,
  isEvent,
  parseEvent,
  streams,
} from '@mission-control/contracts';
import {
  cutEscaped,
  type Deliveries,
  type DeliveryCause,
  decideDelivery,
  escapeText,
  noDeliveries,
} from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Decision, RecordedArrival } from './decision.ts';

/** What causes a delivery: an arrival, or payloads that are told together. */
interface Cause {
  readonly id: string;
  readonly type: DeliveryCause['type'];
  readonly payloadId: string;
  readonly metadata: Pick<EventMetadata, 'correlationId' | 'traceparent'>;
}

/** What is decided about a delivery that nobody has requested. */
type DecidedFact = Fact<'DeliveryFiltered' | 'DeliveryFilterFailed'>;

/** The members that facts about the delivery of an arrival have in common. */
export const idsOf = ({ id, data: { payloadId, boardId, webhookId } }: RecordedArrival) => ({
  payloadId,
  boardId,
  webhookId,
  deliveryId: id,
});

const longestDetail = 200;

/** A text from outside, as events keep it. */
export const shownDetail = (text: string): string =>
  cutEscaped(escapeText(text.slice(0, longestDetail)), longestDetail, 'text');

/**
 * Records what was decided about a delivery, unless something else has happened to it: an older release may have published
 * it. Another relay that decides at the same time appends once.
 *
 * @returns whether it was recorded, or else what is to be done about the delivery. Or a relay had decided before that the agent is told: `said`,
 * because it has recorded the same fact; `claimed`, together with others
 */
export const record = async (
  store: EventStore,
  { id, type, payloadId, metadata: { correlationId, traceparent } }: Cause,
  fact: DecidedFact,
): Promise<'recorded' | 'said' | 'claimed' | Extract<Decision, 'publish' | 'settled'>> => {
  // The stream of a payload that has just arrived is empty.
  let deliveries: Loaded<Deliveries> = { state: noDeliveries, revision: -1 };
  for (;;) {
    const decided = asEvent(fact, {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'relay' },
      correlationId,
      causationId: id,
      ...(traceparent !== undefined && { traceparent }),
    });
    const result = await store.append(streams.delivery(payloadId), expecting(deliveries), [decided]);
    if (result.ok) return 'recorded';
    if (result.reason === 'stream_deleted') return 'settled';
    deliveries = await loadAggregate(store, aggregates.deliveries, payloadId);
    // It was claimed to be told with others, and the relay ended before it could say with which.
    if (deliveries.state.get(id)?.status === 'coalesced') return 'claimed';
    const decision = decideDelivery({ type, eventId: id }, deliveries.state);
    if (decision !== 'begin') return decision === 'resume' ? 'publish' : 'settled';
    // Said before the relay started again.
    if (fact.type === 'DeliveryFilterFailed' && (await saysSo(store, fact))) return 'said';
  }
};

const saysSo = async (store: EventStore, { data }: Fact<'DeliveryFilterFailed'>): Promise<boolean> => {
  for await (const recorded of store.readStream(streams.delivery(data.payloadId))) {
    const event = parseEvent(recorded);
    if (!isEvent(event, 'DeliveryFilterFailed')) continue;
    if (event.data.deliveryId === data.deliveryId && event.data.setting === data.setting) return true;
  }
  return false;
};
