import { type Fact, memoryEntryIdOf, wrapBody } from '@mission-control/contracts';
import { memoryText, payloadEventType } from '@mission-control/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  countMemoryToPrune,
  findMemoryEntry,
  listMemory,
  listMemoryAfter,
  listMemoryToPrune,
} from '../../queries/memory.ts';
import {
  coalesced,
  filtered,
  History,
  ids,
  received,
  second,
  webhookCreated,
  webhookDeleted,
} from '../../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../../testing/test-read-models.ts';
import { memoryProjection } from './memory.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(memoryProjection);
});
afterAll(() => models.drop());

const entryId = memoryEntryIdOf(ids.payload);
const list = (filter = {}) => listMemory(models.db, ids.board, { limit: 50, offset: 0, ...filter });
const added = (isChat: boolean, entry: string = ids.entry): Fact<'MemoryEntryAdded'> => ({
  type: 'MemoryEntryAdded',
  data: {
    entryId: entry,
    boardId: ids.board,
    content: 'Remember\0 this',
    tags: ['note', 'a\0b'],
    isChat,
    source: null,
    author: { kind: 'admin', id: 'admin' },
  },
});
const kept: Fact<'MemoryEntryKept'> = {
  type: 'MemoryEntryKept',
  data: {
    entryId,
    boardId: ids.board,
    content: memoryText({
      payload: received().data,
      instruction: 'Do it',
      eventType: payloadEventType(received().data),
      message: null,
    }),
    tags: ['webhook', `webhook:${ids.webhook}`, `payload:${ids.payload}`],
    isChat: false,
    webhookId: ids.webhook,
    payloadId: ids.payload,
    createdAt: received().data.receivedAt,
  },
};
const fromPayload = {
  id: entryId,
  board_id: ids.board,
  content: kept.data.content,
  tags: kept.data.tags,
  source: 'webhook',
  is_chat: false,
  webhook_id: ids.webhook,
  payload_id: ids.payload,
  event_type: null,
  note: null,
  coalesced_id: null,
  created_at: second(0),
};

it('an arrival weighs what it inflates to in a batch', () => {
  const { data } = received({ inflated: { encoding: 'gzip', size: 1_048_576, sha256: 'b'.repeat(64) } });
  expect(memoryProjection.extraBytes?.(data)).toBe(1_048_576);
  expect(memoryProjection.extraBytes?.(received({}).data)).toBe(0);
});

describe('board memory', () => {
  it('contains what people and agents wrote', async () => {
    await models.project(new History().add(added(false)));
    expect(await findMemoryEntry(models.db, ids.board, ids.entry)).toEqual({
      id: ids.entry,
      board_id: ids.board,
      content: 'Remember\ufffd this',
      tags: ['note', 'a\ufffdb'],
      source: null,
      is_chat: false,
      webhook_id: null,
      payload_id: null,
      event_type: null,
      note: null,
      coalesced_id: null,
      created_at: second(1),
      position: 1n,
    });
    expect(await findMemoryEntry(models.db, ids.otherBoard, ids.entry)).toBeUndefined();
  });

  it('has one entry per payload, under the instruction in force when it first arrived', async () => {
    const update = (description: string): Fact<'WebhookUpdated'> => ({
      type: 'WebhookUpdated',
      data: { webhookId: ids.webhook, boardId: ids.board, description },
    });
    const disable: Fact<'WebhookUpdated'> = {
      type: 'WebhookUpdated',
      data: { webhookId: ids.webhook, boardId: ids.board, enabled: false },
    };
    await models.project(
      new History().add(
        webhookCreated('First'),
        update('Second'),
        disable,
        update('Third'),
        received({ webhookRevision: 2 }),
        received({ webhookRevision: 3 }),
        received({ webhookRevision: 0, payloadId: ids.otherPayload }),
      ),
    );
    expect(await list()).toMatchObject({ total: 2 });
    const content = async (id: string) => (await findMemoryEntry(models.db, ids.board, id))?.content;
    expect(await content(entryId)).toContain('Instruction: Second\n');
    expect(await content(memoryEntryIdOf(ids.otherPayload))).toContain('Instruction: First\n');
  });

  it('shows first what the message setting in force at receipt names', async () => {
    const message = {
      messageFields: ['/wanted "here"', '/other'],
      messageTemplate: 'Look: {{/wanted "here"}}',
    };
    const update: Fact<'WebhookUpdated'> = {
      type: 'WebhookUpdated',
      data: { webhookId: ids.webhook, boardId: ids.board, ...message },
    };
    const body = wrapBody(Buffer.from('{"a":1,"wanted \\"here\\"":"found"}'));
    await models.project(
      new History().add(
        webhookCreated(),
        update,
        received({ webhookRevision: 0, body }),
        received({ webhookRevision: 1, payloadId: ids.otherPayload, body }),
      ),
    );
    const content = async (id: string) => (await findMemoryEntry(models.db, ids.board, id))?.content;
    expect(await content(entryId)).not.toContain('Look: ');
    expect(await content(memoryEntryIdOf(ids.otherPayload))).toContain('Look: ');
  });

  it('says which payloads were filtered and why, and which are told together', async () => {
    const group = '99999999-5b1c-4d2e-9f3a-2b3c4d5e6f99';
    const third = '33333333-5b1c-4d2e-9f3a-2b3c4d5e6f33';
    const discarded = filtered(group, 'discarded', group);
    const history = () =>
      new History().add(
        webhookCreated(),
        received(),
        received({ payloadId: ids.otherPayload }),
        received({ payloadId: third }),
        filtered(third, 'ignored_actor', third),
        filtered(third, 'notify_when', third),
        coalesced(group, [ids.payload, ids.otherPayload]),
      );
    const entry = async (payloadId: string) =>
      findMemoryEntry(models.db, ids.board, memoryEntryIdOf(payloadId));
    await models.project(history());
    expect(await entry(third)).toMatchObject({ note: 'filtered: ignored_actor' });
    expect((await entry(third))?.tags.slice(-1)).toEqual(['delivery:filtered']);
    for (const payloadId of [ids.payload, ids.otherPayload]) {
      expect(await entry(payloadId)).toMatchObject({ note: 'told together with 1 other' });
      expect((await entry(payloadId))?.tags.slice(-1)).toEqual(['delivery:coalesced']);
    }
    expect(await list({ tag: 'delivery:coalesced' })).toMatchObject({
      items: [{ payload_id: ids.otherPayload }, { payload_id: ids.payload }],
    });
    await models.project(history().add(discarded));
    for (const payloadId of [ids.payload, ids.otherPayload])
      expect(await entry(payloadId)).toMatchObject({
        note: 'filtered: discarded',
        tags: expect.arrayContaining(['delivery:coalesced', 'delivery:filtered']),
      });
    const keptThird: Fact<'MemoryEntryKept'> = {
      type: 'MemoryEntryKept',
      data: {
        ...kept.data,
        ...{ entryId: memoryEntryIdOf(third), payloadId: third },
        ...{ tags: ['webhook', 'delivery:filtered'], note: 'filtered: ignored_actor' },
      },
    };
    await models.project(history().add(webhookDeleted(false), keptThird));
    expect(await entry(third)).toMatchObject({ note: 'filtered: ignored_actor', tags: keptThird.data.tags });
  });

  it('is listed newest first, in pages, with chat separate', async () => {
    await models.project(
      new History().add(webhookCreated(), received(), added(true), added(false, ids.otherPayload)),
    );
    const first = await list({ limit: 2 });
    expect(first).toMatchObject({ total: 3, items: [{ id: ids.otherPayload }, { id: ids.entry }] });
    expect(await list({ limit: 2, cursor: first.next_cursor })).toMatchObject({
      items: [{ ...fromPayload, position: 2n }],
      next_cursor: null,
    });
    expect(await list({ limit: 2, offset: 2 })).toMatchObject({ items: [{ id: entryId }] });
    expect(await list({ isChat: true })).toMatchObject({ total: 1, items: [{ id: ids.entry }] });
  });

  it('can be followed from a position in the log', async () => {
    await models.project(new History().add(webhookCreated(), received(), added(true)));
    expect(await listMemoryAfter(models.db, ids.board, 2n, 10)).toMatchObject([{ id: ids.entry }]);
  });

  it('of a deleted board is removed for good', async () => {
    await models.project(
      new History().add(
        webhookCreated(),
        received(),
        { type: 'BoardDeleted', data: { boardId: ids.board } },
        added(true),
        kept,
      ),
    );
    expect(await models.dump()).toMatchObject({ board_memory: [], board_memory_counts: [] });
  });
});

describe('entries that are removed', () => {
  const of = { webhookId: ids.webhook, boardId: ids.board };
  const pruned = (...entryIds: string[]): Fact<'MemoryEntriesPruned'> => ({
    type: 'MemoryEntriesPruned',
    data: {
      boardId: ids.board,
      entryIds,
      criteria: { before: null, tag: null, source: 'webhook', isChat: null },
    },
  });
  const removals = [
    { type: 'WebhookPayloadsExpired', data: { ...of, upToRevision: 0, payloadIds: [ids.payload] } },
    { type: 'WebhookPayloadDeleted', data: { ...of, payloadId: ids.payload, undelivered: true } },
  ] as const satisfies Fact[];

  it.each<Fact>([...removals, pruned(entryId)])('by $type do not come back', async (removal) => {
    await models.project(
      new History().add(
        webhookCreated(),
        received(),
        received({ payloadId: ids.otherPayload }),
        removal,
        received(),
      ),
    );
    expect(await list()).toMatchObject({ total: 1, items: [{ payload_id: ids.otherPayload }] });
  });

  it('by pruning are not kept when their webhook is deleted', async () => {
    await models.project(
      new History().add(webhookCreated(), received(), pruned(entryId), webhookDeleted(false), kept),
    );
    expect(await models.dump()).toMatchObject({
      board_memory: [],
      board_memory_counts: [],
      memory_removed_entries: [`(${ids.board},${entryId})`],
    });
  });

  it.each<Fact>(removals)('by $type are forgotten with their webhook', async (removal) => {
    await models.project(new History().add(webhookCreated(), received(), removal, webhookDeleted(false)));
    expect(await models.dump()).toMatchObject({ board_memory: [], memory_removed_entries: [] });
  });

  it('are chosen by age, tag, source and kind, without those of payloads unless asked for', async () => {
    await models.project(
      new History().add(webhookCreated(), received(), added(true), added(false, ids.otherPayload)),
    );
    const { board } = ids;
    const choose = async (criteria: Partial<Parameters<typeof countMemoryToPrune>[2]>) => {
      const all = { includeSystem: false, ...criteria };
      const chosen = await listMemoryToPrune(models.db, board, all, 10);
      expect(await countMemoryToPrune(models.db, board, all)).toBe(chosen.length);
      return chosen;
    };
    expect(await choose({})).toEqual([ids.entry, ids.otherPayload]);
    expect(await choose({ includeSystem: true })).toEqual([entryId, ids.entry, ids.otherPayload]);
    expect(await choose({ source: 'webhook', includeSystem: true })).toEqual([entryId]);
    expect(await choose({ tag: 'note', isChat: true })).toEqual([ids.entry]);
    expect(await choose({ tag: 'not' })).toEqual([]);
    expect(await choose({ before: second(4) })).toEqual([ids.entry]);
    expect(await countMemoryToPrune(models.db, ids.otherBoard, { includeSystem: true })).toBe(0);
  });
});

describe('entries of a deleted webhook', () => {
  const before = () => new History().add(webhookCreated(), received());

  it('stay the same whether or not the payload can still be read', async () => {
    await models.project(before().add(webhookDeleted(false), kept));
    const live = await models.dump();
    expect(await list()).toMatchObject({ total: 1, items: [{ ...fromPayload, position: null }] });

    await models.project(new History().add(webhookCreated(), webhookDeleted(false), kept));
    expect(await models.dump()).toEqual(live);
  });

  it('stay even before their MemoryEntryKept event', async () => {
    await models.project(before().add(webhookDeleted(false)));
    expect(await list()).toMatchObject({ total: 1 });
  });

  it('are removed for good if the deletion says so', async () => {
    await models.project(before().add(webhookDeleted(true), kept));
    expect(await models.dump()).toMatchObject({
      board_memory: [],
      board_memory_counts: [],
      webhook_instructions: [],
    });
  });

  it('are not created for payloads that arrive late', async () => {
    await models.project(before().add(webhookDeleted(false), received({ payloadId: ids.otherPayload })));
    expect(await list()).toMatchObject({ total: 1, items: [{ id: entryId }] });
  });
});
