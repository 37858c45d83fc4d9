import { newRandomId, streams } from '@mission-control/contracts';
import type { EventStore, LogEntry } from '@mission-control/event-store';
import { Scene } from '@mission-control/test-scene';
import { isCopied, streamOf } from '../log/own-streams.ts';

/** A log in which everything occurs that a copy has to keep. Streams by what is special about them. */
export const writeRichLog = async (store: EventStore) => {
  const scene = new Scene(store);
  const boardId = await scene.board();
  const [webhookId, deletedWebhookId, agingWebhookId, emptiedWebhookId] = [
    await scene.webhook(boardId),
    await scene.webhook(boardId),
    await scene.webhook(boardId),
    await scene.webhook(boardId),
  ];
  const arrive = async (id: string, times: number) => {
    for (let n = 0; n < times; n += 1)
      await scene.arrival({ boardId, webhookId: id }, { body: `{"n":${n}}` });
  };
  const special = {
    plain: streams.payloads(webhookId),
    tombstoned: streams.payloads(deletedWebhookId),
    truncated: streams.payloads(agingWebhookId),
    emptied: streams.payloads(emptiedWebhookId),
    bounded: streams.rejections(webhookId),
    neverExisted: streams.rejections(deletedWebhookId),
    foreign: 'somebody_elses-1',
    relay: streams.relay,
  };
  await arrive(webhookId, 2);
  await arrive(deletedWebhookId, 3);
  await arrive(agingWebhookId, 2);
  await arrive(emptiedWebhookId, 4);
  await moveMark(scene, store);
  await arrive(webhookId, 2);
  await store.setStreamMetadata(special.bounded, { maxCount: 3, maxAgeSeconds: 86_400 });
  for (let n = 0; n < 7; n += 1) {
    await scene.append(special.bounded, {
      type: 'MemoryEntryAdded',
      data: {
        entryId: newRandomId(),
        boardId,
        content: `ü ${n}`,
        tags: [],
        isChat: false,
        source: null,
        author: { kind: 'admin', id: 'spec' },
      },
    });
  }
  await arrive(agingWebhookId, 3);
  await store.setStreamMetadata(special.truncated, { truncateBefore: 3 });
  await store.setStreamMetadata(special.emptied, { truncateBefore: 4 });
  await store.tombstone(special.tombstoned);
  await store.tombstone(special.neverExisted);
  await moveMark(scene, store);
  await arrive(webhookId, 1);
  return special;
};

/** The relay's low-water mark, at the end of the log. */
const moveMark = async (scene: Scene, store: EventStore): Promise<void> => {
  const head = await store.head();
  if (!head) throw new Error('The log is empty.');
  const { incarnation, position, eventId } = head;
  await scene.append(streams.relay, {
    type: 'RelayLowWaterMarkMoved',
    data: { incarnation, position: `${position}`, eventId },
  });
};

/** What is visible of the installation, with everything that a copy keeps. Checkpoints are left out. */
export const visibleIn = async (store: EventStore) => {
  const events = await Array.fromAsync(store.readAll());
  return events
    .filter(({ stream, type }) => isCopied(stream) && type !== 'LogRestored')
    .map(({ id, type, stream, revision, data, metadata }) => ({
      id,
      type,
      stream,
      revision,
      data: stream === streams.relay ? null : data,
      metadata,
    }));
};

/** The number of hidden events by stream. */
export const hiddenIn = async (store: EventStore): Promise<Record<string, number>> => {
  const entries: LogEntry[] = await Array.fromAsync(store.readWholeLog());
  const hidden = entries.filter((entry) => entry.kind === 'hidden' && isCopied(streamOf(entry)));
  const counts: Record<string, number> = {};
  for (const entry of hidden) counts[streamOf(entry)] = (counts[streamOf(entry)] ?? 0) + 1;
  return counts;
};
