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
  it('is read page by page with cursors, newest first, each once', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await list(cursor === undefined ? {} : { cursor });
      expect(page).toMatchObject({ total: 7, limit: 3, offset: 0 });
      seen.push(...page.items.map((item) => item.id));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1].map(idOf));
  });

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
