import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@mission-control/test-servers';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { migrateReadModels } from '../migrations/migrate.ts';
import { openReadModels } from '../open.ts';
import type { BoardMemoryRow } from '../tables/memory.ts';
import {
  attempted,
  History,
  ids,
  received,
  told,
  webhookCreated,
  webhookDeleted,
} from '../testing/history.ts';
import { addEntries } from './memory/entries.ts';
import { memoryProjection } from './memory/memory.ts';
import { payloadsProjection } from './payloads/payloads.ts';

let models: ReturnType<typeof openReadModels>;
let drop: () => Promise<void>;
beforeAll(async () => {
  const database = await createTestDatabase();
  await migrateReadModels(database.url);
  // One connection, so that each statement meets those of before.
  models = openReadModels(database.url, { timeouts: 'batches', connections: 1 });
  drop = () => database.drop();
});
beforeEach(async () => {
  await sql`truncate board_memory, board_webhook_payloads, webhook_payload_states, webhook_payload_arrivals, webhook_deliveries`.execute(
    models.db,
  );
});
afterAll(async () => {
  await models.close();
  await drop();
});

const history = new History();
const apply = async (...facts: Parameters<History['add']>) => {
  const before = history.events.length;
  const events = history.add(...facts).events.slice(before);
  for (const projection of [payloadsProjection, memoryProjection]) {
    const { types = [] } = projection.filter;
    const ours = events.filter((event) => (types as readonly string[]).includes(event.type));
    await models.db.transaction().execute((tx) => projection.apply(tx, ours));
  }
};

const preparedNames = async (): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`
    select name from pg_prepared_statements where name <> '' order by name`.execute(models.db);
  return rows.map(({ name }) => name);
};

it('values of any kind reach their columns as they are', async () => {
  const entry = (given: Partial<BoardMemoryRow>): BoardMemoryRow => ({
    ...{ id: randomUUID(), board_id: ids.board, content: '', tags: [], source: null, is_chat: false },
    ...{
      webhook_id: null,
      payload_id: null,
      ...{ event_type: null, note: null, coalesced_id: null },
      created_at: '2026-03-05T12:00:00.123Z',
      position: 1n,
    },
    ...given,
  });
  const entries = [
    entry({
      content: '{"a": "\\", NULL'.repeat(3),
      tags: ['a"b', 'c\\d', 'e,f', '{}', '', ' ', 'NULL', 'ü\n'],
    }),
    entry({ content: 'NULL', source: '', is_chat: true, position: 18446744073709551615n }),
    entry({ webhook_id: ids.webhook, payload_id: ids.payload, tags: ['one'], position: null }),
  ];
  await models.db
    .transaction()
    .execute((tx) => addEntries(tx, [...entries, entry({ content: 'n\0l', tags: ['\0'] })]));
  const rows = await models.db.selectFrom('board_memory').selectAll().execute();
  expect(rows).toEqual(expect.arrayContaining(entries));
  expect(rows).toContainEqual(expect.objectContaining({ content: 'n\ufffdl', tags: ['\ufffd'] }));
  expect(rows).toHaveLength(4);
});

it('the number of rows does not change the statements of a batch', async () => {
  const one = () => {
    const [payloadId, id] = [randomUUID(), randomUUID()];
    return [received({ payloadId, id }), attempted(id, payloadId), told(id, payloadId)];
  };
  await apply(webhookCreated(), ...one());
  const names = await preparedNames();
  expect(names).toEqual(
    expect.arrayContaining(['insert_payloads', 'insert_arrivals', 'save_deliveries', 'add_entries']),
  );
  await apply(...Array.from({ length: 20 }, one).flat());
  expect(await preparedNames()).toEqual(names);
});

it('statements that are prepared stay valid when a newer release adds columns', async () => {
  const id = randomUUID();
  await apply(webhookCreated(), received({ id }), attempted(id));
  for (const table of [...payloadsProjection.tables, ...memoryProjection.tables])
    await sql`alter table ${sql.table(table)} add column added_later text`.execute(models.db);
  await apply(received({ id }), attempted(id), told(id));
  const { status } = await models.db
    .selectFrom('webhook_payload_states')
    .select('status')
    .executeTakeFirstOrThrow();
  expect(status).toBe('told');
  await apply(webhookDeleted(true));
  expect(await models.db.selectFrom('board_memory').select('id').execute()).toEqual([]);
});
