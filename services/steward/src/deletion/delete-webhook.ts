import {
  aggregates,
  beforeHiding,
  decideOn,
  type HiddenStream,
  loadAggregate,
} from '@mission-control/aggregates';
import {
  asEvent,
  deriveId,
  type EventData,
  namespaces,
  parseEvent,
  streams,
  webhookDefaults,
} from '@mission-control/contracts';
import {
  decideBoard,
  deliveryNote,
  deliveryTags,
  memoryEntryOf,
  messageSettingOf,
  payloadEventType,
} from '@mission-control/domain';
import { type EventStore, lastEvent } from '@mission-control/event-store';
import { type Duty, following, type Occasion } from '../duty.ts';

/** After this delay, every gateway knows of the deletion and accepts nothing more. */
const lastArrivalsMs = 2_000;

/**
 * After `WebhookDeleted`: stores the board memory of the payloads as separate facts (unless clean-up was requested), tombstones
 * the deliveries, rejections and payloads, and removes the webhook from its board. The payload stream is tombstoned after
 * everything that is found through it, and the stream of removals after that: what was removed or erased is not kept. Last, the content keys
 * are destroyed, so that what the event store still has of the payloads cannot be read.
 */
export const afterWebhookDeleted = (occasion: Occasion, data: EventData<'WebhookDeleted'>): Duty => ({
  delayMs: lastArrivalsMs,
  run: async ({ store, keys, log, signal }) => {
    const { webhookId, boardId, cleanupMemory } = data;
    const payloads = await payloadsOf(store, webhookId);
    const erased = await withoutRemoved(store, occasion, webhookId, payloads);
    const coalesced = await coalescedOf(store, webhookId);
    const groups = new Map(coalesced.flatMap((group) => group.payloadIds.map((id) => [id, group])));
    for (const payload of payloads.values()) {
      if (cleanupMemory || erased.has(payload.payloadId)) continue;
      await keepMemory(store, occasion, payload, groups.get(payload.payloadId) ?? null);
    }
    const deliveries = [...payloads.keys(), ...coalesced.map(({ id }) => id)].map(streams.delivery);
    const hidden = hiddenWith(webhookId, deliveries);
    if (await hasEvents(store, hidden))
      await beforeHiding(store, hidden, occasion.id, following(occasion), signal);
    for (const delivery of deliveries) await store.tombstone(delivery);
    await store.tombstone(streams.coalesced(webhookId));
    await store.tombstone(streams.rejections(webhookId));
    await store.tombstone(streams.payloads(webhookId));
    await store.tombstone(streams.removals(webhookId));
    await keys.destroyAll(webhookId);
    await decideOn(store, aggregates.board, boardId, following(occasion), (board) =>
      board.status === 'open' ? decideBoard({ type: 'RemoveWebhook', webhookId }, board) : [],
    );
    log.info(
      { webhook_id: webhookId, payloads: payloads.size, memory_kept: !cleanupMemory },
      'deleted the data of a webhook',
    );
  },
});

/** Rejections are not sealed. */
const hiddenWith = (webhookId: string, deliveries: readonly string[]): HiddenStream[] =>
  [streams.payloads(webhookId), streams.removals(webhookId), streams.coalesced(webhookId), ...deliveries].map(
    (stream) => ({ stream, before: null }),
  );

/** Payloads that are told together. */
interface Group {
  /** Of the event that names them, and of their delivery. */
  readonly id: string;
  readonly payloadIds: readonly string[];
}

const coalescedOf = async (store: EventStore, webhookId: string): Promise<Group[]> => {
  const groups: Group[] = [];
  for await (const recorded of store.readStream(streams.coalesced(webhookId))) {
    const event = parseEvent(recorded);
    if (event.type !== 'PayloadsCoalesced') continue;
    groups.push({ id: event.id, payloadIds: event.data.payloads.map(({ payloadId }) => payloadId) });
  }
  return groups;
};

/** Why no agent was told, by the first event that says so; null: there is none. */
const filteredIn = async (store: EventStore, payloadId: string): Promise<string | null> => {
  for await (const recorded of store.readStream(streams.delivery(payloadId))) {
    const event = parseEvent(recorded);
    if (event.type === 'DeliveryFiltered') return event.data.reason;
  }
  return null;
};

const hasEvents = async (store: EventStore, hidden: readonly HiddenStream[]): Promise<boolean> => {
  for (const { stream } of hidden) if (await lastEvent(store, stream)) return true;
  return false;
};

interface FirstArrival {
  readonly webhookId: string;
  readonly payloadId: string;
  readonly revision: number;
}

/** The first arrival of each payload. Holds only ids, because the bodies of a webhook may not fit into memory. */
const payloadsOf = async (store: EventStore, webhookId: string): Promise<Map<string, FirstArrival>> => {
  const payloads = new Map<string, FirstArrival>();
  for await (const recorded of store.readStream(streams.payloads(webhookId))) {
    const event = parseEvent(recorded);
    if (event.type !== 'WebhookPayloadReceived' || payloads.has(event.data.payloadId)) continue;
    payloads.set(event.data.payloadId, {
      payloadId: event.data.payloadId,
      revision: event.revision,
      webhookId,
    });
  }
  return payloads;
};

/**
 * Forgets payloads that were removed: deleted ones are still in the stream, and so are later arrivals of expired ones. Facts that were
 * appended after the deletion of the webhook do not count, for the projections either.
 *
 * @returns the ids of those whose content was erased
 */
const withoutRemoved = async (
  store: EventStore,
  { position }: Occasion,
  webhookId: string,
  payloads: Map<string, FirstArrival>,
): Promise<ReadonlySet<string>> => {
  const erased = new Set<string>();
  for await (const recorded of store.readStream(streams.removals(webhookId))) {
    if (recorded.position > position) break;
    const event = parseEvent(recorded);
    if (event.type === 'WebhookPayloadErased') erased.add(event.data.payloadId);
    if (event.type === 'WebhookPayloadDeleted') payloads.delete(event.data.payloadId);
    if (event.type === 'WebhookPayloadsExpired')
      for (const payloadId of event.data.payloadIds ?? []) payloads.delete(payloadId);
  }
  return erased;
};

const keepMemory = async (
  store: EventStore,
  occasion: Occasion,
  { webhookId, payloadId, revision }: FirstArrival,
  group: Group | null,
): Promise<void> => {
  const recorded = await store.readEvent(streams.payloads(webhookId), revision);
  if (recorded === 'gone') return;
  const arrival = parseEvent(recorded);
  if (arrival.type !== 'WebhookPayloadReceived') return;
  const payload = arrival.data;
  // Its key was destroyed, although the fact is not to be seen: the log was restored.
  if (payload.body.enc === 'erased') return;
  const { state: webhook } = await loadAggregate(
    store,
    aggregates.webhook,
    webhookId,
    payload.webhookRevision,
  );
  const atReceipt = webhook.status === 'active' ? webhook : { ...webhookDefaults, description: '' };
  const { entryId, content, tags, createdAt } = memoryEntryOf({
    payload,
    instruction: atReceipt.description,
    eventType: payloadEventType(payload, atReceipt.eventType),
    message: messageSettingOf(atReceipt),
  });
  const mentioned = {
    filtered: (await filteredIn(store, payloadId)) ?? (group && (await filteredIn(store, group.id))),
    together: group?.payloadIds.length ?? null,
  };
  const note = deliveryNote(mentioned);
  const { boardId } = payload;
  const data = {
    ...{ entryId, boardId, webhookId, payloadId, content, isChat: false, createdAt },
    tags: [...tags, ...deliveryTags(mentioned)],
    ...(note !== null && { note }),
  };
  const eventId = deriveId(namespaces.event, ['MemoryEntryKept', data.entryId]);
  await store.append(streams.memory(boardId), 'any', [
    asEvent({ type: 'MemoryEntryKept', data }, following(occasion), eventId),
  ]);
};
