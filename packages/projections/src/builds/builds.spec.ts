import type { Socket } from 'node:net';
import { waitFor } from '@mission-control/testing';
import { Kysely as Database, type Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProjectionRunner } from '../runner.ts';
import { type NotesSetup, notes, openNotes } from '../testing/notes.ts';
import { waitForProjections } from '../wait.ts';
import { beginBuild, cancelBuild, dropUnread, fillingOf, inEveryBuild, readersLock } from './build-tables.ts';
import { schemaOfBuild } from './schema.ts';
import { switchTo } from './switch.ts';
import { type Build, listBuilds, readableBuild } from './table.ts';

let setup: NotesSetup;
let stopping: AbortController;
let runs: Promise<unknown>[];
let opened: Kysely<never>[];

beforeEach(async () => {
  setup = await openNotes();
  stopping = new AbortController();
  runs = [];
  opened = [];
});
afterEach(async () => {
  stopping.abort();
  await Promise.allSettled(runs);
  await Promise.all(opened.map((db) => db.destroy()));
  await setup.close();
});

type Notes = ReturnType<typeof notes>;

const builds = () => listBuilds(setup.db, ['notes']);
const buildNumber = async (number: number): Promise<Build> => {
  const found = (await builds()).find(({ build }) => build === number);
  if (!found) throw new Error(`There is no build ${number}.`);
  return found;
};

/** The tables of a build. */
const tablesOf = ({ schema }: Build): NotesSetup['db'] => {
  if (schema === null) return setup.db;
  const pool = new pg.Pool({ connectionString: setup.url, options: `-c search_path="${schema}"`, max: 2 });
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
  const db = new Database<never>({ dialect: new PostgresDialect({ pool }) });
  opened.push(db);
  return db as never;
};

const start = async (build: number, projection: Notes = notes()) => {
  const found = await buildNumber(build);
  const runner = new ProjectionRunner({
    projection,
    db: tablesOf(found),
    store: setup.store,
    build: fillingOf(found),
  });
  const ended = runner.run(stopping.signal);
  ended.catch(() => {});
  runs.push(ended);
  return { runner, ended };
};

const contentsOf = async (build: number): Promise<string[]> => {
  const rows = await tablesOf(await buildNumber(build))
    .selectFrom('notes')
    .select('content')
    .orderBy('position')
    .execute();
  return rows.map((row) => row.content);
};
const begin = (build: number) => beginBuild(setup.db, notes(), build, null);
const agree = async () => true;

describe('a build', () => {
  it('is filled beside the live one from the first event, by the same code, and is switched to', async () => {
    const live = await start(1);
    await setup.write('a', 'b');
    await waitFor(async () => (await setup.contents()).length === 2);
    expect(await begin(2)).toBe(true);
    expect(await begin(2)).toBe(false);
    expect(await builds()).toMatchObject([
      { build: 1, state: 'live', schema: null, checkpoint: 'notes' },
      { build: 2, state: 'building', checkpoint: 'notes@2', version: notes().version },
    ]);
    const next = await start(2);
    await waitFor(() => next.runner.state.status === 'live');
    expect(await contentsOf(2)).toEqual(['a', 'b']);
    expect(await setup.added()).toEqual(['a', 'b']);
    expect(await switchTo(setup.db, 'notes', 2, agree)).toBe('switched');
    expect(await builds()).toMatchObject([
      { build: 1, state: 'retired' },
      { build: 2, state: 'live' },
    ]);
    // The retired build is fed on, and a reader that reads either sees what it waited for.
    const position = await setup.write('c');
    expect(await waitForProjections(setup.db, ['notes'], position, 60_000)).toBe('reached');
    expect([await contentsOf(1), await contentsOf(2)]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c'],
    ]);
    expect(live.runner.state.status).toBe('live');
  });

  it('has the keys and indexes of the main schema, under the same names', async () => {
    await sql`create unique index notes_position on notes (position) where content <> ''`.execute(setup.db);
    await begin(2);
    const indexes = async (schema: string) => {
      const { rows } = await sql<{ indexdef: string }>`
        select indexdef from pg_indexes where schemaname = ${schema} and tablename in ('notes', 'added')
         order by indexname`.execute(setup.db);
      return rows.map(({ indexdef }) =>
        indexdef.replaceAll(`"${schema}"`, '_').replaceAll(`${schema}.`, '_.'),
      );
    };
    const copied = await indexes((await buildNumber(2)).schema ?? '');
    expect(copied).toEqual(await indexes('public'));
    expect(copied).toHaveLength(2);
  });

  it('cannot be written to through the tables of another one', async () => {
    await begin(2);
    const db = tablesOf(await buildNumber(2));
    await sql`drop table notes`.execute(db);
    await expect(db.selectFrom('notes').selectAll().execute()).rejects.toThrow('does not exist');
  });

  it('continues from its own checkpoint after a crash', async () => {
    await setup.write('a');
    await begin(2);
    const first = await start(2);
    await waitFor(() => first.runner.applied === 1);
    stopping.abort();
    await Promise.allSettled(runs);
    stopping = new AbortController();
    await setup.write('b');
    const second = await start(2);
    await waitFor(() => second.runner.applied === 1);
    expect(await contentsOf(2)).toEqual(['a', 'b']);
  });

  it('is of one runner: the newer one takes over, and the live build is not disturbed', async () => {
    const live = await start(1);
    await begin(2);
    const older = await start(2);
    await waitFor(() => older.runner.state.status === 'live');
    const newer = await start(2);
    await waitFor(() => newer.runner.state.status === 'live');
    await setup.write('a');
    await expect(older.ended).rejects.toThrow('Another process');
    await waitFor(() => newer.runner.applied === 1 && live.runner.applied === 1);
    expect(await setup.added()).toEqual(['a']);
  });

  it('that is cancelled leaves nothing, and its runner stops', async () => {
    await begin(2);
    const { schema } = await buildNumber(2);
    const { ended, runner } = await start(2);
    await waitFor(() => runner.state.status === 'live');
    await cancelBuild(setup.db, 'notes', 2);
    await setup.write('a');
    await expect(ended).rejects.toThrow();
    const { rows } = await sql`select from pg_namespace where nspname = ${schema}`.execute(setup.db);
    expect(rows).toEqual([]);
    expect(await builds()).toMatchObject([{ build: 1, state: 'live' }]);
    expect(await begin(2)).toBe(false);
    expect(await begin(3)).toBe(true);
  });

  it('of which one is being filled keeps another one from beginning', async () => {
    await begin(2);
    await expect(begin(3)).rejects.toThrow('projection_builds_one_building');
  });
});

describe('a switch', () => {
  it('stops the old build, and waits until the new one has reached its position', async () => {
    await start(1);
    const position = await setup.write('a');
    expect(await waitForProjections(setup.db, ['notes'], position, 60_000)).toBe('reached');
    await begin(2);
    const switching = switchTo(setup.db, 'notes', 2, agree);
    const next = await start(2);
    expect(await switching).toBe('switched');
    expect(next.runner.applied).toBe(1);
  });

  it.each(['before', 'after'])(
    'that fails %s the decision changes nothing, and succeeds when tried again',
    async (when) => {
      await start(1);
      await begin(2);
      const next = await start(2);
      await waitFor(() => next.runner.state.status === 'live');
      const failing = switchTo(setup.db, 'notes', 2, async () => {
        if (when === 'before') throw new Error('lost');
        // The transaction loses its connection between the decision and the commit.
        await sql`
        select pg_terminate_backend(pid, 60000) from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()`.execute(
          setup.db,
        );
        return true;
      });
      await expect(failing).rejects.toThrow();
      expect(await builds()).toMatchObject([{ state: 'live' }, { state: 'building' }]);
      expect(await switchTo(setup.db, 'notes', 2, async () => false)).toBe('refused');
      expect(await builds()).toMatchObject([{ state: 'live' }, { state: 'building' }]);
      expect(await switchTo(setup.db, 'notes', 2, agree)).toBe('switched');
    },
  );
});

describe('a process that is lost during the switch', () => {
  /** A database whose connection is lost when the statement with this number is about to be sent. */
  const losing = (statement: number) => {
    let left = statement;
    class LosingClient extends pg.Client {
      // biome-ignore lint/suspicious/noExplicitAny: the overloads of `pg`, passed on as they are.
      override query(...given: any[]): any {
        left -= 1;
        if (left === 0) (this as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
        return (super.query as (...all: unknown[]) => unknown).apply(this, given);
      }
    }
    const pool = new pg.Pool({ connectionString: setup.url, max: 1, Client: LosingClient });
    pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
    const db = new Database<never>({ dialect: new PostgresDialect({ pool }) });
    opened.push(db);
    return { db, isLost: () => left <= 0 };
  };

  it('at any statement leaves one live build, and the next process completes the switch', async () => {
    await start(1);
    await begin(2);
    const next = await start(2);
    await waitFor(() => next.runner.state.status === 'live');
    let lost = 0;
    for (let statement = 1; ; statement += 1) {
      const { db, isLost } = losing(statement);
      const outcome = await switchTo(db, 'notes', 2, agree).catch(() => 'lost');
      if (!isLost()) {
        expect(outcome).toBe('switched');
        break;
      }
      expect(outcome).toBe('lost');
      expect(await builds()).toMatchObject([
        { build: 1, state: 'live' },
        { build: 2, state: 'building' },
      ]);
      // Nothing keeps the builds from being fed.
      const position = await setup.write(`after ${statement}`);
      expect(await waitForProjections(setup.db, ['notes'], position, 60_000)).toBe('reached');
      lost += 1;
    }
    // From `begin` to `commit`.
    expect(lost).toBeGreaterThanOrEqual(9);
    expect(await builds()).toMatchObject([{ state: 'retired' }, { state: 'live' }]);
    await waitFor(async () => (await contentsOf(2)).length === lost);
    expect(await contentsOf(2)).toEqual(await contentsOf(1));
  });
});

describe('a retired build', () => {
  const read = async (build: number): Promise<pg.Client> => {
    const reader = new pg.Client({ connectionString: setup.url });
    await reader.connect();
    const { sql: key, parameters } = readersLock('notes', build).compile(setup.db);
    await reader.query(`select pg_advisory_lock_shared(${key})`, [...parameters]);
    return reader;
  };

  const retire = async () => {
    await start(1);
    await begin(2);
    const next = await start(2);
    await waitFor(() => next.runner.state.status === 'live');
    await setup.write('a');
    await waitFor(() => next.runner.applied === 1);
    await switchTo(setup.db, 'notes', 2, agree);
  };

  it('is kept during the grace period and while somebody reads it, and is dropped then', async () => {
    await retire();
    // Until a process reads the live build, a release without builds may still read this one.
    expect(await dropUnread(setup.db, notes(), 1, 0)).toBe('read');
    const ofLive = await read(2);
    expect(await dropUnread(setup.db, notes(), 1, 3600)).toBe('waiting');
    const ofRetired = await read(1);
    expect(await dropUnread(setup.db, notes(), 1, 0)).toBe('read');
    await ofRetired.end();
    // The grace period starts over.
    await waitFor(async () => (await dropUnread(setup.db, notes(), 1, 3600)) === 'waiting');
    expect(await dropUnread(setup.db, notes(), 1, 0)).toBe('dropped');
    await ofLive.end();
    expect(await setup.contents()).toEqual([]);
    expect(await contentsOf(2)).toEqual(['a']);
  });

  it('stops its runner when it is dropped, which cannot fill it again', async () => {
    await retire();
    const reader = await read(2);
    const before = await buildNumber(1);
    await dropUnread(setup.db, notes(), 1, 3600);
    expect(await dropUnread(setup.db, notes(), 1, 0)).toBe('dropped');
    const again = new ProjectionRunner({
      projection: notes(),
      db: setup.db,
      store: setup.store,
      build: fillingOf(before),
    });
    await expect(again.run(stopping.signal)).rejects.toThrow('Build 1 of the projection notes is dropped.');
    expect(await setup.contents()).toEqual([]);
    await reader.end();
  });
});

describe('the version of the code', () => {
  it('leaves the rows of the live build, and starts a build that is being filled over', async () => {
    await setup.write('a');
    const live = await start(1);
    await begin(2);
    const next = await start(2);
    await waitFor(() => live.runner.applied === 1 && next.runner.applied === 1);
    stopping.abort();
    await Promise.allSettled(runs);
    stopping = new AbortController();
    const corrected = notes({ version: 2 });
    const [again, over] = [await start(1, corrected), await start(2, corrected)];
    await waitFor(() => again.runner.state.status === 'live' && over.runner.state.status === 'live');
    expect([again.runner.applied, over.runner.applied]).toEqual([0, 1]);
    expect(await builds()).toMatchObject([{ version: 1 }, { version: 2 }]);
  });

  it('decides which build a process reads', async () => {
    const of = (build: number, version: number | null, state: Build['state'] = 'retired') =>
      ({ projection: 'notes', build, version, state }) as Build;
    const read = (version: number, ...known: Build[]) =>
      readableBuild(known, { name: 'notes', version })?.build;
    expect(read(1, of(1, 1), of(2, 1, 'live'))).toBe(2);
    expect(read(1, of(1, 1), of(2, 2, 'live'))).toBe(1);
    expect(read(2, of(1, 1), of(2, 2, 'live'), of(3, 2, 'building'))).toBe(2);
    expect(read(2, of(2, 2), of(3, 1, 'live'))).toBe(2);
    expect(read(1, of(2, 2, 'live'))).toBeUndefined();
    expect(read(1, of(1, null, 'live'))).toBe(1);
  });
});

describe('a change of the tables', () => {
  it('is made in every build', async () => {
    await begin(2);
    await setup.db.transaction().execute(async (tx) => {
      await inEveryBuild(tx as never, 'notes', async (db) => {
        await sql`alter table notes add column author text not null default 'nobody'`.execute(db);
        await sql`create index notes_by_author on notes (author)`.execute(db);
      });
      await sql`create table later (id int)`.execute(tx);
    });
    const { rows } = await sql<{ schema: string; name: string }>`
      select schemaname as schema, indexname as name from pg_indexes where indexname = 'notes_by_author'
      union all select table_schema, table_name from information_schema.tables where table_name = 'later'
      order by 2, 1`.execute(setup.db);
    expect(rows).toEqual([
      { schema: 'public', name: 'later' },
      { schema: 'public', name: 'notes_by_author' },
      { schema: schemaOfBuild('public', 'notes', 2), name: 'notes_by_author' },
    ]);
  });
});

it('the name of a schema fits into a name of Postgres, and differs for each build', () => {
  const main = 'm'.repeat(60);
  const names = [
    schemaOfBuild('public', 'payloads', 2),
    schemaOfBuild('public', 'payloads', 3),
    schemaOfBuild(main, 'payloads', 2),
    schemaOfBuild(main, 'memory', 2),
    schemaOfBuild(`${main}n`, 'memory', 2),
  ];
  expect(names[0]).toBe('public-payloads-2');
  expect(new Set(names).size).toBe(5);
  for (const name of names) expect(name.length).toBeLessThanOrEqual(63);
});
