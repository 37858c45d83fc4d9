import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configurationAndPayloads } from '../testing/configuration-and-payloads.ts';
import { boardCreated, History, ids, received, second, webhookCreated } from '../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import type { PayloadSearch } from './newest-payloads.ts';
import { listPayloads, searchPayloads } from './payloads.ts';

const otherWebhook = ids.webhook.replace('6a', '6b');
const elsewhere = ids.webhook.replace('6a', '6c');
const types = [
  'push',
  'pull_request.opened',
  'pull_request.closed',
  'pull_request',
  'pull_request_review',
  'pull_requestz.a',
  null,
];

interface Payload {
  readonly id: string;
  readonly webhookId: string;
  readonly type: string | null;
  readonly at: number;
  readonly text: string;
}

/** 60 payloads of two webhooks of the board, and of one of another board; the clocks of their gateways differ. */
const payloads: Payload[] = Array.from({ length: 60 }, (_, n) => {
  const type = types[n % types.length] ?? null;
  return {
    id: `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`,
    webhookId: [ids.webhook, otherWebhook, elsewhere][n % 3] as string,
    type,
    at: 100 + n - (n % 4) * 5,
    text: JSON.stringify({ n, ...(type !== null && { type }), even: n % 2 ? 'odd' : 'EVEN' }),
  };
});

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(configurationAndPayloads);
  const created = (webhookId: string, boardId: string = ids.board) => ({
    ...webhookCreated(),
    data: { ...webhookCreated().data, webhookId, boardId },
  });
  await models.project(
    new History().add(
      boardCreated(),
      created(ids.webhook),
      created(otherWebhook),
      created(elsewhere, ids.otherBoard),
      ...payloads.map(({ id, webhookId, at, text }) =>
        received({
          payloadId: id,
          webhookId,
          boardId: webhookId === elsewhere ? ids.otherBoard : ids.board,
          receivedAt: second(at),
          text,
          verification: { verdict: 'unverified', scheme: 'none' },
        }),
      ),
    ),
  );
});
afterAll(() => models.drop());

const matches = (type: string | null, filter: string | undefined): boolean =>
  filter === undefined ||
  (type !== null && (filter.endsWith('.*') ? type.startsWith(filter.slice(0, -1)) : type === filter));

/** The payloads that meet the criteria, newest first. */
const expected = (search: PayloadSearch): string[] =>
  payloads
    .map((one, position) => ({ ...one, position }))
    .filter(
      (one) =>
        one.webhookId !== elsewhere &&
        (search.webhookId === undefined || one.webhookId === search.webhookId) &&
        (search.since === undefined || second(one.at) >= search.since) &&
        (search.until === undefined || second(one.at) < search.until) &&
        matches(one.type, search.eventType) &&
        (search.q === undefined || one.text.toLowerCase().includes(search.q.toLowerCase())),
    )
    .sort((one, other) => other.at - one.at || other.position - one.position)
    .map(({ id }) => id);

const idsOfPages = async (
  page: (cursor?: string) => ReturnType<typeof searchPayloads>,
): Promise<string[]> => {
  const seen: string[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const { items, next_cursor } = await page(cursor);
    seen.push(...items.map(({ id }) => id));
    cursor = next_cursor ?? undefined;
  }
  return seen;
};

const search = fc.record(
  {
    webhookId: fc.constantFrom(ids.webhook, otherWebhook, elsewhere),
    eventType: fc.constantFrom(
      'push',
      'pull_request.*',
      'pull_request',
      'pull_request.closed',
      'pull.*',
      'none',
      '*',
    ),
    since: fc.nat(70).map((n) => second(90 + n)),
    until: fc.nat(70).map((n) => second(90 + n)),
    q: fc.constantFrom('even', '_', 'x'),
  },
  { requiredKeys: [] },
);

describe('a search for payloads', () => {
  it('finds those of the board that meet all criteria, newest first, in pages of any size', async () => {
    await fc.assert(
      fc.asyncProperty(search, fc.integer({ min: 1, max: 50 }), async (criteria, limit) => {
        const found = await idsOfPages((cursor) =>
          searchPayloads(models.db, ids.board, { ...criteria, limit, offset: 0, cursor }),
        );
        expect(found).toEqual(expected(criteria));
      }),
      { numRuns: 60 },
    );
  });

  it('skips what the offset says', async () => {
    const criteria = { eventType: 'pull_request.*' };
    const { items } = await searchPayloads(models.db, ids.board, { ...criteria, limit: 3, offset: 2 });
    expect(items.map(({ id }) => id)).toEqual(expected(criteria).slice(2, 5));
  });

  it('is what a list of a webhook with an event type does, with a status as well', async () => {
    for (const eventType of ['push', 'pull_request.*']) {
      for (const status of [undefined, 'stored'] as const) {
        const found = await idsOfPages((cursor) =>
          listPayloads(models.db, ids.board, ids.webhook, { eventType, status, limit: 2, offset: 0, cursor }),
        );
        expect(found).toEqual(expected({ eventType, webhookId: ids.webhook }));
      }
      const none = await listPayloads(models.db, ids.board, ids.webhook, {
        eventType,
        status: 'failed',
        limit: 2,
        offset: 0,
      });
      expect(none.items).toEqual([]);
    }
  });
});
