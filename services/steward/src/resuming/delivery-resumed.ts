import { aggregates, loadAggregate } from '@mission-control/aggregates';
import {
  asEvent,
  type DomainEvent,
  type EventData,
  isEvent,
  parseEvent,
  streams,
} from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';
import { type Duty, type DutyContext, following, type Occasion } from '../duty.ts';
import { lastDelivery, readPastDeliveries } from '../redelivering/past-deliveries.ts';
import { type Parking, parkedInOrder, requestAgain } from './resume-parked.ts';

/** Why deliveries are parked while their webhook's delivery is paused. */
export const pausedReason = 'delivery_paused';

/** Lets notifiers learn of the change first. */
const settleMs = 250;

/** How far the clocks of two services may differ, in seconds. */
const clocksDifferSeconds = 60;

/** After the delivery of a webhook resumed: its deliveries that were parked meanwhile are requested again, or discarded. */
export const afterWebhookResumed = (
  occasion: Occasion,
  { webhookId, boardId, delivery }: EventData<'WebhookUpdated'>,
): Duty[] => {
  if (delivery !== 'active') return [];
  const run = async (context: DutyContext): Promise<void> => {
    const paused = await lastChangeTo('paused', context.store, webhookId, occasion.revision);
    if (!paused) return;
    const pausedAt = Date.parse(paused.metadata.occurredAt);
    const parkings = await parkedInOrder(context.store, {
      scope: { boardId },
      maxAgeSeconds: (Date.now() - pausedAt) / 1000 + clocksDifferSeconds,
      isResumed: (parking) => parking.webhookId === webhookId && parking.reason === pausedReason,
    });
    for (const parking of parkings) await goOn(context, occasion, parking);
    if (parkings.length > 0)
      context.log.info({ webhook_id: webhookId, parked: parkings.length }, 'went on with paused deliveries');
  };
  return [{ delayMs: settleMs, run }];
};

/** After a delivery was parked by a notifier that did not know yet that delivery had resumed. Others wait for that. */
export const afterPausedDelivery = (occasion: Occasion, parking: Parking): Duty[] => {
  if (parking.reason !== pausedReason) return [];
  const run = async (context: DutyContext): Promise<void> => {
    const resumed = await lastChangeTo('active', context.store, parking.webhookId);
    if (resumed && resumed.position < occasion.position) await goOn(context, occasion, parking);
  };
  return [{ delayMs: 0, run }];
};

/**
 * The event that paused or resumed delivery last.
 *
 * @param before only events below this revision
 */
const lastChangeTo = async (
  delivery: 'active' | 'paused',
  store: EventStore,
  webhookId: string,
  before = Number.POSITIVE_INFINITY,
) => {
  let last: (DomainEvent & Pick<RecordedEvent, 'position'>) | null = null;
  for await (const recorded of store.readStream(streams.webhook(webhookId))) {
    if (recorded.revision >= before) break;
    const event = parseEvent(recorded);
    if (isEvent(event, 'WebhookCreated', 'WebhookUpdated') && event.data.delivery === delivery)
      last = { ...event, position: recorded.position };
  }
  return last;
};

/** Does what was asked for when delivery resumed, unless it is paused (again). */
const goOn = async ({ store }: DutyContext, occasion: Occasion, parking: Parking): Promise<void> => {
  const { state: webhook, revision } = await loadAggregate(store, aggregates.webhook, parking.webhookId);
  if (webhook.status !== 'active' || webhook.delivery === 'paused') return;
  if (webhook.onResume === 'discard') await discard(store, occasion, parking, revision);
  else await requestAgain(store, occasion, parking, 'delivery_resumed');
};

/** If another process wrote first, the delivery is no longer the parked one, and stays as it is. */
const discard = async (
  store: EventStore,
  occasion: Occasion,
  { payloadId, boardId, webhookId, deliveryId, arrivalRevision }: Parking,
  webhookRevision: number,
): Promise<void> => {
  const past = await readPastDeliveries(store, payloadId);
  const last = lastDelivery(past);
  if (last?.id !== deliveryId || last.status !== 'parked') return;
  const ids = { payloadId, boardId, webhookId, deliveryId };
  const fact = {
    type: 'DeliveryFiltered',
    data: { ...ids, arrivalRevision, webhookRevision, reason: 'discarded' },
  } as const;
  await store.append(streams.delivery(payloadId), past.expected, [asEvent(fact, following(occasion))]);
};
