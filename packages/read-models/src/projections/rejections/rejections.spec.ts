import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listRejections } from '../../queries/rejections.ts';
import { History, ids, refused, second, webhookDeleted } from '../../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../../testing/test-read-models.ts';
import { rejectionsProjection } from './rejections.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(rejectionsProjection);
});
afterAll(() => models.drop());

const day = 86_400;
/** Revisions of the rows in the table, whether or not a query shows them. */
const kept = async (): Promise<number[]> => {
  const rows = await models.db
    .selectFrom('webhook_rejections')
    .select('stream_revision')
    .orderBy('position')
    .execute();
  return rows.map((row) => row.stream_revision);
};

describe('a rejected request', () => {
  it('is shown with the response it got and the number left out before it', async () => {
    const id = randomUUID();
    const refusedAt = new Date().toISOString();
    const lengths = { declaredBytes: Number.MAX_SAFE_INTEGER, receivedBytes: null };
    await models.project(
      new History().add(
        refused({ id, refusedAt, ...lengths, status: 413, code: 'payload_too_large', omitted: 7 }),
      ),
    );
    const page = await listRejections(models.db, ids.board, ids.webhook, { limit: 50, offset: 0 });
    expect(page.items).toEqual([
      {
        event_id: id,
        webhook_id: ids.webhook,
        board_id: ids.board,
        refused_at: refusedAt,
        status: 413,
        code: 'payload_too_large',
        source_ip: '192.30.252.1',
        declared_bytes: BigInt(Number.MAX_SAFE_INTEGER),
        received_bytes: null,
        omitted: 7n,
        request_id: 'test',
        cause: null,
        header_names: null,
        stream_revision: 0,
        position: 1n,
      },
    ]);
  });

  it('is shown with the cause why it was not verified, and the names of its headers', async () => {
    const cause = 'no_signature_header';
    const refusedAt = new Date().toISOString();
    await models.project(
      new History().add(
        refused({ refusedAt, cause, headerNames: ['host', 'x-a'] }),
        refused({ refusedAt, cause, headerNames: [] }),
        refused({ refusedAt, cause: 'digest_mismatch' }),
      ),
    );
    const { items } = await listRejections(models.db, ids.board, ids.webhook, { limit: 50, offset: 0 });
    expect(items.map((item) => [item.cause, item.header_names])).toEqual([
      ['digest_mismatch', null],
      [cause, []],
      [cause, ['host', 'x-a']],
    ]);
  });

  it('is one row, at its last position, if the store contains its event twice', async () => {
    const id = randomUUID();
    await models.project(new History().add(refused({ id }), refused(), refused({ id })));
    expect(await kept()).toEqual([1, 2]);
  });
});

describe('what is removed', () => {
  it('is beyond the newest 1,000 revisions', async () => {
    const history = new History().add(refused(), refused(), refused({ hiddenBefore: 997 }));
    await models.project(history);
    expect(await kept()).toEqual([0, 1, 999]);
    await models.project(history.add(refused()));
    expect(await kept()).toEqual([1, 999, 1000]);
  });

  it('is more than 30 days older than a later one', async () => {
    const history = new History().add(
      refused({ refusedAt: second(0) }),
      refused({ refusedAt: second(1) }),
      refused({ refusedAt: second(30 * day) }),
    );
    await models.project(history);
    expect(await kept()).toEqual([0, 1, 2]);
    await models.project(
      history.add(refused({ refusedAt: second(30 * day + 1) }), refused({ refusedAt: second(2) })),
    );
    expect(await kept()).toEqual([1, 2, 3, 4]);
  });

  it('belongs to no other webhook', async () => {
    await models.project(
      new History().add(
        refused({ webhookId: ids.entry }),
        refused(),
        refused({ hiddenBefore: 1_000, refusedAt: second(31 * day) }),
      ),
    );
    expect(await kept()).toEqual([0, 1001]);
  });

  it('with a webhook is all of its rows, for good', async () => {
    await models.project(
      new History().add(refused(), refused({ webhookId: ids.entry }), webhookDeleted(), refused()),
    );
    expect(await models.db.selectFrom('webhook_rejections').select('webhook_id').execute()).toEqual([
      { webhook_id: ids.entry },
    ]);
  });
});
