import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rejectionsProjection } from '../projections/rejections/rejections.ts';
import { History, ids, refused } from '../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { InvalidCursor } from './cursor.ts';
import { countUpTo } from './page-by-position.ts';
import { listBoardRejections, listRejections } from './rejections.ts';

let models: TestReadModels;
const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
const thirtyDays = 30 * 24 * 60;

beforeAll(async () => {
  models = await openTestReadModels(rejectionsProjection);
  const history = new History();
  // Ages in minutes. The first is too old to be shown, and not yet 30 days older than the last, so it is still in the table.
  for (const age of [thirtyDays + 5, thirtyDays - 60, 50, 40, 30, 20, 10])
    history.add(
      refused({
        refusedAt: minutesAgo(age),
        omitted: age,
        code: age === 40 ? 'not_found' : 'other',
        ...(age > 20 && { cause: 'digest_mismatch' }),
      }),
    );
  for (const event of history.events) await models.apply([event]);
});
afterAll(() => models.drop());

const shown = [10, 20, 30, 40, 50, thirtyDays - 60];
const list = async (request: Partial<Parameters<typeof listRejections>[3]> = {}) => {
  const page = await listRejections(models.db, ids.board, ids.webhook, { limit: 3, offset: 0, ...request });
  return { ...page, ages: page.items.map((item) => Number(item.omitted)) };
};

describe('a list of rejected requests', () => {
  it('is read page by page with cursors, newest first, each once, none older than 30 days', async () => {
    const first = await list({ limit: 4 });
    expect(first).toMatchObject({ ages: shown.slice(0, 4), total: 6, limit: 4, offset: 0 });
    const second = await list({ limit: 4, cursor: first.next_cursor ?? '' });
    expect(second).toMatchObject({ ages: shown.slice(4), total: 6, next_cursor: null });
  });

  it('is read by offset', async () => {
    expect(await list({ offset: 4 })).toMatchObject({ ages: shown.slice(4), offset: 4, next_cursor: null });
  });

  it('is read by code', async () => {
    expect(await list({ code: 'not_found' })).toMatchObject({ ages: [40], total: 1 });
    expect(await list({ code: 'unheard' })).toMatchObject({ ages: [], total: 0 });
  });

  it('is read by cause, and by cause and code', async () => {
    expect(await list({ cause: 'digest_mismatch' })).toMatchObject({ ages: shown.slice(2, 5), total: 4 });
    expect(await list({ cause: 'digest_mismatch', code: 'not_found' })).toMatchObject({
      ages: [40],
      total: 1,
    });
    expect(await list({ cause: 'unheard' })).toMatchObject({ ages: [], total: 0 });
  });

  it('of another board is empty', async () => {
    const page = await listRejections(models.db, ids.otherBoard, ids.webhook, { limit: 3, offset: 0 });
    expect(page).toMatchObject({ total: 0, items: [] });
  });

  it('rejects a cursor that it did not issue', async () => {
    const ofAnotherList = Buffer.from('payloads|3').toString('base64url');
    await expect(list({ cursor: ofAnotherList })).rejects.toThrow(InvalidCursor);
  });
});

describe('a list of the rejected requests of a board', () => {
  const boardModels = async () => {
    const opened = await openTestReadModels(rejectionsProjection);
    const history = new History();
    for (const [webhookId, boardId, age, code] of [
      [ids.webhook, ids.board, thirtyDays + 1, 'old'],
      [ids.webhook, ids.board, 50, 'url_suffix'],
      [ids.entry, ids.board, 40, 'url_blank'],
      [ids.payload, ids.otherBoard, 30, 'url_blank'],
      [ids.webhook, ids.board, 20, 'url_blank'],
    ] as const)
      history.add(refused({ webhookId, boardId, code, refusedAt: minutesAgo(age), omitted: age }));
    for (const event of history.events) await opened.apply([event]);
    return opened;
  };

  it('contains those of all its webhooks, of one code or of one webhook, newest first', async () => {
    const opened = await boardModels();
    const listed = async (request: Partial<Parameters<typeof listBoardRejections>[2]>) => {
      const page = await listBoardRejections(opened.db, ids.board, { limit: 2, offset: 0, ...request });
      return { ...page, ages: page.items.map((item) => Number(item.omitted)) };
    };
    const first = await listed({});
    expect(first).toMatchObject({ ages: [20, 40], total: 3 });
    expect(await listed({ cursor: first.next_cursor ?? '' })).toMatchObject({
      ages: [50],
      next_cursor: null,
    });
    expect(await listed({ code: 'url_blank' })).toMatchObject({ ages: [20, 40], total: 2 });
    expect(await listed({ webhook_id: ids.webhook })).toMatchObject({ ages: [20, 50], total: 2 });
    expect(await listed({ webhook_id: ids.entry, code: 'url_suffix' })).toMatchObject({ ages: [], total: 0 });
    expect(await listed({ webhook_id: ids.payload })).toMatchObject({ ages: [], total: 0 });
    await opened.drop();
  });
});

describe('a count', () => {
  it('stops when it would cost more than a page', async () => {
    const rows = models.db.selectFrom('webhook_rejections').select('event_id');
    expect(await countUpTo(models.db, rows, 7)).toBe(7);
    expect(await countUpTo(models.db, rows, 6)).toBeNull();
  });
});
