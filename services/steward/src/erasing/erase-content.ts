import { untilSealed } from '@mission-control/aggregates';
import type { ContentKeys } from '@mission-control/content-keys';
import {
  asEvent,
  type DomainEvent,
  deriveId,
  isEvent,
  namespaces,
  parseEvent,
  streamPrefixes,
  streams,
} from '@mission-control/contracts';
import type { EventStore, RecordedEvent } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import { following, type Occasion } from '../duty.ts';
import type { StewardMetrics } from '../metrics.ts';

interface Parts {
  /** The event store as it is, where content is encrypted. */
  readonly asStored: EventStore;
  readonly keys: Pick<ContentKeys, 'destroyLeaf' | 'destroyAll'>;
  readonly log: Logger;
  readonly metrics: Pick<StewardMetrics, 'deliveriesEnded'>;
  /** `patienceMs` of the subscription. */
  readonly patienceMs: number;
}

type Erasure = Occasion & DomainEvent<'WebhookPayloadErased'>;

/** What became of the arrivals that an erasure names. Arrivals that retention has removed are in neither. */
interface Erased {
  readonly erased: number;
  readonly unencrypted: readonly number[];
}

/**
 * Destroys the keys that the erasure facts of the log name, then follows new ones, until the signal is aborted. Every start begins with the
 * first fact of the log: a table of content keys that was restored from a backup has keys that were destroyed since, and they are destroyed
 * again. Before keys are destroyed for the first time, the fact is sealed, and so are the arrivals before it. Then the erasure gets its
 * completion fact.
 *
 * A crash at any line loses nothing: destroying keys again changes nothing, and the id of the completion fact follows from the erasure's.
 */
export const eraseContent = async (parts: Parts, signal: AbortSignal): Promise<void> => {
  const { asStored, patienceMs } = parts;
  const incomplete = new Map<string, Erasure>();
  let isPast = true;
  const completeAll = async () => {
    for (const erasure of incomplete.values()) {
      await untilSealed(asStored, erasure, signal);
      await complete(parts, erasure, await destroyKeys(parts, erasure));
    }
    incomplete.clear();
  };
  const messages = asStored.subscribeToAll({
    from: 'start',
    filter: {
      streamPrefixes: [streamPrefixes.removals, streamPrefixes.webhook],
      types: ['WebhookPayloadErased', 'WebhookPayloadErasureCompleted', 'WebhookDeleted'],
    },
    name: 'erasures',
    patienceMs,
    signal,
  });
  for await (const message of messages) {
    if (message.kind === 'caught_up') isPast = false;
    if (message.kind === 'event') {
      const event: Occasion = parseEvent(message.event);
      if (isErasure(event)) incomplete.set(event.id, event);
      if (isEvent(event, 'WebhookPayloadErasureCompleted')) {
        const erasure = incomplete.get(event.data.erasureId);
        incomplete.delete(event.data.erasureId);
        if (erasure) await destroyKeys(parts, erasure);
      }
      // The duty after a deletion destroys the keys once it needs them no more. This is for a table that was restored.
      if (isPast && isEvent(event, 'WebhookDeleted')) await destroyRoot(parts, event.data.webhookId);
    }
    if (!isPast) await completeAll();
  }
};

const isErasure = (event: Occasion): event is Erasure => event.type === 'WebhookPayloadErased';

const destroyKeys = async ({ asStored, keys }: Parts, { data }: Erasure): Promise<Erased> => {
  const unencrypted: number[] = [];
  let erased = 0;
  for (const revision of data.revisions) {
    const arrival = await readArrival(asStored, data.webhookId, revision);
    if (!arrival || arrival.payloadId !== data.payloadId) continue;
    const { body } = arrival;
    if (body.enc === 'A256GCM') {
      await keys.destroyLeaf(body.key, Buffer.from(body.place, 'hex'));
      erased += 1;
    } else unencrypted.push(revision);
  }
  return { erased, unencrypted };
};

const readArrival = async (store: EventStore, webhookId: string, revision: number) => {
  const recorded = await store.readEvent(streams.payloads(webhookId), revision);
  const event = recorded === 'gone' ? null : parseEvent<RecordedEvent>(recorded);
  return event && isEvent(event, 'WebhookPayloadReceived') ? event.data : null;
};

const complete = async (
  { asStored, log, metrics }: Parts,
  erasure: Erasure,
  result: Erased,
): Promise<void> => {
  const { webhookId, boardId, payloadId, undelivered } = erasure.data;
  const data = { webhookId, boardId, payloadId, erasureId: erasure.id, ...result };
  const id = deriveId(namespaces.event, ['WebhookPayloadErasureCompleted', erasure.id]);
  const completion = asEvent({ type: 'WebhookPayloadErasureCompleted', data }, following(erasure), id);
  const appended = await asStored.append(streams.removals(webhookId), 'any', [completion]);
  // Otherwise the webhook was deleted meanwhile, and all its keys with it.
  if (!appended.ok) return;
  if (undelivered) metrics.deliveriesEnded(1, 'content_erased');
  log.info(
    { board_id: boardId, webhook_id: webhookId, payload_id: payloadId, ...result },
    'destroyed the keys of erased content',
  );
};

const destroyRoot = async ({ asStored, keys }: Parts, webhookId: string): Promise<void> => {
  for await (const _ of asStored.readStream(streams.payloads(webhookId), { limit: 1 })) return;
  await keys.destroyAll(webhookId);
};
