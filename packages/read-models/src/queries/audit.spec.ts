import { Kysely, PostgresDialect } from 'kysely';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openPool } from '../open.ts';
import { auditProjection } from '../projections/audit/audit.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { boardCreated, History, received, second, webhookCreated } from '../testing/history.ts';
import { openTestReadModels, type TestReadModels } from '../testing/test-read-models.ts';
import { lastEventAt, lastEventUpTo } from './audit.ts';
import { listAuditEvents } from './audit-events.ts';

let models: TestReadModels;
beforeAll(async () => {
  models = await openTestReadModels(auditProjection);
});
afterAll(() => models.drop());

const { events } = new History().add(boardCreated(), webhookCreated(), received({}));

/** Read models with the first event, which get the others as soon as one statement was answered. One statement runs at a time. */
const gettingTheRest = async (): Promise<Kysely<ReadModels>> => {
  await models.empty();
  await models.apply(events.slice(0, 1));
  const pool = openPool(models.url, { connections: 1 });
  const missing = events.slice(1);
  const connect = async () => {
    const client = await pool.connect();
    const query = async (text: string, values: readonly unknown[]) => {
      const answer = await client.query(text, [...values]);
      await models.apply(missing.splice(0));
      return answer;
    };
    return { query, release: () => client.release() };
  };
  const db = new Kysely<ReadModels>({
    dialect: new PostgresDialect({ pool: { connect, end: () => pool.end() } as never }),
  });
  onTestFinished(() => db.destroy());
  return db;
};

it('an event that comes while the index is asked does not vouch for the one before it', async () => {
  const first = { point: { position: 1n, at: second(1) }, complete: false };
  expect(await lastEventUpTo(await gettingTheRest(), 2n)).toEqual(first);
  expect(await lastEventAt(await gettingTheRest(), second(2))).toEqual(first);
  const last = { point: { position: 2n, at: second(2) }, complete: true };
  expect(await lastEventUpTo(models.db, 2n)).toEqual(last);
  expect(await lastEventAt(models.db, second(2))).toEqual(last);
  expect(await lastEventAt(models.db, second(0))).toEqual({ point: undefined, complete: true });
  expect(await lastEventAt(models.db, second(3))).toMatchObject({ point: { position: 3n }, complete: false });
});

it('events since a time are listed once the index has the last event before it', async () => {
  const since = { since: second(3), limit: 1 };
  const page = await listAuditEvents(await gettingTheRest(), since);
  expect(page).toMatchObject({ items: [], next_cursor: null });
  expect((await listAuditEvents(models.db, since)).items.map(({ position }) => position)).toEqual([3n]);
});
