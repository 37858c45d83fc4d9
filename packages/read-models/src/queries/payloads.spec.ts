import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payloadsProjection } from '../projections/payloads/payloads.ts';
import { History, ids, received, second } from '../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { InvalidCursor } from './cursor.ts';
import { listDeliveries } from './deliveries.ts';
import { listPayloads, type PayloadFilter } from './payloads.ts';

let models: TestReadModels;
const idOf = (n: number): string => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;

beforeAll(async () => {
  models = await openTestReadModels(payloadsProjection);
  const history = new History();
  for (let n = 1; n <= 7; n += 1) {
    const text = `{"n": ${n}, "note": "100% of_it ${n % 2 ? 'Odd' : 'even'}"}`;
    history.add(received({ payloadId: idOf(n), receivedAt: second(n), text }));
  }
  await models.apply(history.events);
});
afterAll(() => models.drop());

const list = (request: Partial<Parameters<typeof listPayloads>[3]> = {}) =>
  listPayloads(models.db, ids.board, ids.webhook, { limit: 3, offset: 0, ...request });
const numbers = async (filter: PayloadFilter) => {
  const page = await list({ limit: 50, ...filter });
  return page.items.map((item) => (JSON.parse(item.payload) as { n: number }).n);
};

describe('a list of payloads', () => {
  it.each([
    { total: 7 },
    { status: 'stored', total: 7 },
    { since: second(0), total: null },
    { status: 'stored', until: second(9), total: null },
  ] as const)(
    'is read page by page with cursors, newest first, each once: %j',
    async ({ total, ...filter }) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await list({ ...filter, cursor });
        expect(page).toMatchObject({ total, limit: 3, offset: 0 });
        seen.push(...page.items.map((item) => item.id));
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map(idOf));
    },
  );

  it('is read by offset', async () => {
    const page = await list({ offset: 5 });
    expect(page.items.map((item) => item.id)).toEqual([idOf(2), idOf(1)]);
    expect(page).toMatchObject({ total: 7, offset: 5, next_cursor: null });
  });

  it('accepts a time range including its start, without a total', async () => {
    expect(await numbers({ since: second(3), until: second(5) })).toEqual([4, 3]);
    expect(await list({ since: second(3) })).toMatchObject({ total: null });
  });

  it('finds a text literally, ignoring case', async () => {
    expect(await numbers({ q: 'ODD' })).toEqual([7, 5, 3, 1]);
    expect(await numbers({ q: '100% of_it e' })).toEqual([6, 4, 2]);
    expect(await numbers({ q: '100_' })).toEqual([]);
    expect(await numbers({ q: '\\' })).toEqual([]);
  });

  it('with a status or a time range is in the order of receipt, also where the clocks of gateways differ', async () => {
    const others = await openTestReadModels(payloadsProjection);
    try {
      const times = [5, 1, 4, 4, 3];
      const arrivals = times.map((time, n) => received({ payloadId: idOf(n), receivedAt: second(time) }));
      await others.apply(new History().add(...arrivals).events);
      const order = async (filter: PayloadFilter) => {
        const page = await listPayloads(others.db, ids.board, ids.webhook, {
          limit: 9,
          offset: 0,
          ...filter,
        });
        return page.items.map(({ id }) => id);
      };
      expect(await order({})).toEqual([4, 3, 2, 1, 0].map(idOf));
      expect(await order({ status: 'stored' })).toEqual([0, 3, 2, 4, 1].map(idOf));
      expect(await order({ until: second(5) })).toEqual([3, 2, 4, 1].map(idOf));
      expect(await order({ since: second(4), status: 'stored' })).toEqual([0, 3, 2].map(idOf));
    } finally {
      await others.drop();
    }
  });

  it('of another board is empty', async () => {
    const page = await listPayloads(models.db, ids.otherBoard, ids.webhook, { limit: 3, offset: 0 });
    expect(page).toMatchObject({ total: 0, items: [] });
  });

  it.each(['', 'x', '!!!', Buffer.from('payloads|1|2').toString('base64url'), 'cGF5bG9hZHN8LTE'])(
    'rejects the cursor %j, which it did not issue',
    async (cursor) => {
      await expect(list({ cursor })).rejects.toThrow(InvalidCursor);
    },
  );

  it('rejects the cursor of another list', async () => {
    const cursor = (await list()).next_cursor ?? '';
    await expect(listDeliveries(models.db, ids.board, { limit: 3, offset: 0, cursor })).rejects.toThrow(
      InvalidCursor,
    );
  });
});
