import { createTestDatabase } from '@mission-control/test-servers';
import { type Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReadModels } from '../open.ts';
import { readInstallationId } from '../queries/installation.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { awaitMigrations, migrateReadModels, migrationsOfNewerRelease, schemaIsCurrent } from './migrate.ts';
import { migrations } from './migrations.ts';

let url: string;
let db: Kysely<ReadModels>;
let end: () => Promise<void>;
beforeEach(async () => {
  const database = await createTestDatabase();
  url = database.url;
  const opened = openReadModels(url);
  db = opened.db;
  end = async () => {
    await opened.close();
    await database.drop();
  };
});
afterEach(() => end());

/** Tables, columns, keys and indexes, as the database knows them. */
const describeSchema = async (): Promise<string> => {
  const columns = await sql<{ line: string }>`
    select table_name || '.' || column_name || ' ' || udt_name
           || coalesce('(' || coalesce(numeric_precision, datetime_precision)::text || ')', '')
           || case is_nullable when 'NO' then ' not null' else '' end
           || coalesce(' default ' || column_default, '') as line
      from information_schema.columns where table_schema = 'public'
     order by table_name, ordinal_position`.execute(db);
  const indexes = await sql<{ line: string }>`
    select indexdef as line from pg_indexes where schemaname = 'public' order by indexname`.execute(db);
  return `${[...columns.rows, { line: '' }, ...indexes.rows].map((row) => row.line).join('\n')}\n`;
};

describe('migrations', () => {
  it('produce the recorded schema', async () => {
    await migrateReadModels(url);
    await expect(await describeSchema()).toMatchFileSnapshot('./schema.golden.txt');
  });

  const migrateTo = async (name: string) => {
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => ({ ...migrations }) },
      migrationTableName: 'read_model_migrations',
      migrationLockTableName: 'read_model_migrations_lock',
    });
    expect((await migrator.migrateTo(name)).error).toBeUndefined();
  };

  it('keep what older releases recorded about a delivery', async () => {
    await migrateTo('0011_deliveries_by_webhook');
    for (const status of ['told', 'parked'])
      await sql`
        insert into webhook_deliveries
               (id, payload_id, board_id, webhook_id, status, attempts, requested_at, updated_at, position, applied_position)
        values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), ${status}, 1,
                '2026-03-05T12:00:00Z', '2026-03-05T12:00:09Z', 1, 2)`.execute(db);
    await migrateReadModels(url);
    const rows = await db.selectFrom('webhook_deliveries').selectAll().orderBy('status').execute();
    expect(rows).toMatchObject([
      { status: 'parked', evidence: null, told_at: null, sent_again: false },
      { status: 'told', evidence: 'acknowledged', told_at: '2026-03-05T12:00:09.000Z', sent_at: null },
    ]);
  });

  it('convert the statuses of payloads, and stop the projector of an older release', async () => {
    await migrateTo('0016_compatibility');
    await sql`
      insert into projection_checkpoints (projection, version, epoch, incarnation, position, event_id)
      values ('payloads', 2, 7, 'log', 9, gen_random_uuid()), ('memory', 2, 7, 'log', 9, gen_random_uuid())`.execute(
      db,
    );
    const insertPayload = (status: string, position: number) =>
      sql`
        insert into board_webhook_payloads
               (id, board_id, webhook_id, payload, payload_encoding, headers, request_headers, source_ip, received_at, sha256,
                size, signature_verdict, signature_scheme, status, delivery_id, arrivals, differing_arrivals, webhook_revision,
                stream_revision, position)
        values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), '{}', 'json', '{}', '{}', '127.0.0.1', now(), '', 2,
                'verified', 'hmac', ${status}, gen_random_uuid(), 3, 1, 0, 0, ${position})`.execute(db);
    await insertPayload('told', 4);
    await insertPayload('parked', 5);
    await migrateReadModels(url);
    const rows = await db
      .selectFrom('webhook_payload_states as state')
      .innerJoin('board_webhook_payloads as payload', (join) =>
        join
          .onRef('payload.id', '=', 'state.payload_id')
          .onRef('payload.webhook_id', '=', 'state.webhook_id')
          .onRef('payload.position', '=', 'state.position'),
      )
      .selectAll('state')
      .orderBy('state.position')
      .execute();
    expect(rows).toMatchObject([
      { position: 4n, status: 'told', status_reason: null, arrivals: 3, differing_arrivals: 1 },
      { position: 5n, status: 'parked', delivery_id: expect.any(String) },
    ]);
    const { rows: checkpoints } = await sql`
      select projection, version, epoch, position from projection_checkpoints order by 1`.execute(db);
    expect(checkpoints).toEqual([
      { projection: 'memory', version: 2, epoch: 7n, position: 9n },
      { projection: 'payloads', version: 3, epoch: 8n, position: 9n },
    ]);
    // As the release before writes when it rebuilds the table.
    await insertPayload('stored', 6);
  });

  it('are applied although one with a higher number was applied before', async () => {
    await migrateTo('0020_retention');
    const withoutContentKeys = Object.entries(migrations).filter(([name]) => name !== '0023_content_keys');
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => Object.fromEntries(withoutContentKeys) },
      migrationTableName: 'read_model_migrations',
      migrationLockTableName: 'read_model_migrations_lock',
    });
    expect((await migrator.migrateToLatest()).error).toBeUndefined();
    expect(await migrateReadModels(url)).toEqual(['0023_content_keys']);
    expect(await schemaIsCurrent(db)).toBe(true);
  });

  it('are applied once when several processes start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => migrateReadModels(url)));
    expect(applied.flat()).toEqual(Object.keys(migrations));
  });

  it('are awaited by a process that only reads', async () => {
    expect(await schemaIsCurrent(db)).toBe(false);
    const current = awaitMigrations(db, AbortSignal.timeout(60_000));
    await migrateReadModels(url);
    await expect(current).resolves.toBeUndefined();
    expect(await schemaIsCurrent(db)).toBe(true);
    await expect(awaitMigrations(db, AbortSignal.abort(new Error('stopping')))).resolves.toBeUndefined();
  });

  it('create the tables of each installation in a schema of its own, in any order', async () => {
    for (const prefix of ['acme', '', 'globex'])
      expect(await migrateReadModels(url, prefix)).toEqual(Object.keys(migrations));
    const opened = ['acme', 'globex', ''].map((prefix) => openReadModels(url, { prefix }));
    const ids: string[] = [];
    for (const { db: own } of opened) {
      expect(await schemaIsCurrent(own)).toBe(true);
      ids.push(await readInstallationId(own));
    }
    expect(new Set(ids).size).toBe(3);
    const { rows } = await sql<{ schema: string }>`
      select table_schema as schema from information_schema.tables where table_name = 'boards' order by 1`.execute(
      db,
    );
    expect(rows.map(({ schema }) => schema)).toEqual(['public', 'read_models_acme', 'read_models_globex']);
    await Promise.all(opened.map(({ close }) => close()));
  });

  it('of one prefix do not count for another, and processes may apply them at once', async () => {
    await migrateReadModels(url, 'acme');
    expect(await schemaIsCurrent(db)).toBe(false);
    const other = openReadModels(url, { prefix: 'globex' });
    expect(await schemaIsCurrent(other.db)).toBe(false);
    const applied = await Promise.all(
      ['globex', '', 'globex', ''].map((prefix) => migrateReadModels(url, prefix)),
    );
    expect(applied.flat().toSorted()).toEqual(
      [...Object.keys(migrations), ...Object.keys(migrations)].toSorted(),
    );
    await other.close();
  });

  describe('of a newer release', () => {
    const migrateFurther = () =>
      sql`insert into read_model_migrations values ('9999_from_the_future', now()::text)`.execute(db);

    it('are left alone by a release that can work with them', async () => {
      await migrateReadModels(url);
      expect(await migrationsOfNewerRelease(db)).toEqual([]);
      await migrateFurther();
      expect(await migrateReadModels(url)).toEqual([]);
      expect(await migrationsOfNewerRelease(db)).toEqual(['9999_from_the_future']);
      expect(await schemaIsCurrent(db)).toBe(true);
    });

    it('stop the start of a release that cannot', async () => {
      await migrateReadModels(url);
      await migrateFurther();
      await sql`update read_model_compatibility set needs = '9999_from_the_future'`.execute(db);
      await expect(migrateReadModels(url)).rejects.toThrow(
        'was migrated by a newer release (9999_from_the_future). Run that one.',
      );
    });
  });

  it('say which database cannot be reached', async () => {
    await expect(migrateReadModels('postgres://user:secret@127.0.0.1:9/none')).rejects.toThrow(
      /^The read models' database \(DATABASE_URL\) cannot be reached: .*ECONNREFUSED/,
    );
    await expect(migrateReadModels(url.replace(/:[^:@]*@/, ':wrong@'))).rejects.toThrow(
      /^The read models' database \(DATABASE_URL\) answered with an error: /,
    );
  });
});
