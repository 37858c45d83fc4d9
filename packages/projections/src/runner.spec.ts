import { occurredAtOf, streams } from '@mission-control/contracts';
import { waitFor } from '@mission-control/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BatchLimits } from './batches.ts';
import { EventNotApplicable, ProjectionFenced, ProjectionLost, ProjectionTooNew } from './errors.ts';
import { ProjectionRunner } from './runner.ts';
import { type NotesSetup, noteEvent, notes, notesStream, openNotes } from './testing/notes.ts';
import { waitForProjections } from './wait.ts';

let setup: NotesSetup;
let stopping: AbortController;
let runs: Promise<unknown>[];

beforeEach(async () => {
  setup = await openNotes();
  stopping = new AbortController();
  runs = [];
});
afterEach(async () => {
  stopping.abort();
  await Promise.allSettled(runs);
  await setup.close();
});

type Notes = ReturnType<typeof notes>;

const start = (projection: Notes = notes(), limits: Partial<BatchLimits> = {}) => {
  const { db, store } = setup;
  const runner = new ProjectionRunner({ projection, db, store, limits });
  const run = runner.run(stopping.signal);
  run.catch(() => {});
  runs.push(run);
  return { runner, run };
};

/** A batch ends at its size or when the reader has caught up, not because reading the log is slow. */
const unhurried = { lingerMs: 60_000 };

const stop = async () => {
  stopping.abort();
  await Promise.all(runs);
  runs = [];
  stopping = new AbortController();
};

const reached = (position: bigint) => waitForProjections(setup.db, ['notes'], position, 60_000);

describe('a projection', () => {
  it('applies the events in the log, then new ones, and is ready once it has caught up', async () => {
    await setup.write('a', 'b');
    const { runner } = start();
    await waitFor(() => runner.state.status === 'live');
    expect(() => runner.check()).not.toThrow();
    expect(await setup.contents()).toEqual(['a', 'b']);
    expect(await reached(await setup.write('c'))).toBe('reached');
    expect(await setup.contents()).toEqual(['a', 'b', 'c']);
    expect(runner.applied).toBe(3);
  });

  it('is ready on an empty log', async () => {
    const { runner } = start();
    await waitFor(() => runner.state.status === 'live');
  });

  it('continues from its checkpoint', async () => {
    start();
    await reached(await setup.write('a'));
    await stop();
    await setup.write('b');
    start();
    await waitFor(async () => (await setup.added()).length === 2);
    expect(await setup.added()).toEqual(['a', 'b']);
  });

  it('advances past events that its filter excludes', async () => {
    const { runner } = start();
    await waitFor(() => runner.state.status === 'live');
    const other = await setup.store.append('other-1', 'any', [
      { ...noteEvent('x'), type: 'SomethingElse' } as never,
    ]);
    expect(other.ok && (await reached(other.position))).toBe('reached');
    expect(runner.applied).toBe(0);
  });

  it('produces the same rows in batches of any size', async () => {
    const contents = Array.from({ length: 25 }, (_, i) => `note ${i}`);
    await setup.write(...contents);
    const sizes: number[] = [];
    start(notes({ before: (batch) => void sizes.push(batch.length) }), { events: 10, ...unhurried });
    await waitFor(async () => (await setup.added()).length === 25);
    expect(await setup.contents()).toEqual(contents);
    expect(sizes).toEqual([10, 10, 5]);
    await stop();
  });

  it('prepares the events of the next batch while a batch is stored', async () => {
    await setup.write('a', 'b', 'c');
    const preparedB = Promise.withResolvers<void>();
    const prepared: string[] = [];
    const prepare = (content: string) => {
      prepared.push(content);
      if (content === 'b') preparedB.resolve();
    };
    const before = async ([content]: string[]) => {
      if (content === 'a') await preparedB.promise;
    };
    start(notes({ prepare, before }), { events: 1, ...unhurried });
    await waitFor(async () => (await setup.added()).length === 3);
    expect(await setup.contents()).toEqual(['a', 'b', 'c']);
    expect(prepared).toEqual(['a', 'b', 'c']);
  });

  it('ends a batch at its limit in bytes', async () => {
    await setup.write('a'.repeat(2000), 'b'.repeat(2000), 'c');
    const sizes: number[] = [];
    start(notes({ before: (batch) => void sizes.push(batch.length) }), { bytes: 1500, ...unhurried });
    await waitFor(async () => (await setup.added()).length === 3);
    expect(sizes).toEqual([1, 1, 1]);
  });
});

describe('a crash between rows and commit', () => {
  it('leaves neither rows nor checkpoint, and the next run applies the events once', async () => {
    await setup.write('a', 'b');
    const killOwnSessions = async () => {
      await sql`
        select pg_terminate_backend(pid, 60000) from pg_stat_activity
         where datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()`.execute(
        setup.db,
      );
    };
    const { run, runner } = start(notes({ after: killOwnSessions }));
    await expect(run).rejects.toThrow();
    expect(runner.state.status).toBe('stopped');
    expect(await setup.added()).toEqual([]);

    start();
    await waitFor(async () => (await setup.added()).length > 0);
    expect(await setup.added()).toEqual(['a', 'b']);
  });
});

describe('two runners of one projection', () => {
  it('never both write: the older one stops, and nothing is applied twice', async () => {
    await setup.write('a');
    const older = start();
    await waitFor(() => older.runner.state.status === 'live');
    const newer = start();
    await waitFor(() => newer.runner.state.status === 'live');
    await setup.write('b');
    await expect(older.run).rejects.toThrow(ProjectionFenced);
    await waitFor(async () => (await setup.contents()).length === 2);
    expect(await setup.added()).toEqual(['a', 'b']);
    // It stands by, which is all that it has to do.
    expect(() => older.runner.check()).not.toThrow();
  });

  it('detect each other without any event', async () => {
    const older = start(notes(), { heartbeatMs: 20 });
    await waitFor(() => older.runner.state.status === 'live');
    start();
    await expect(older.run).rejects.toThrow(ProjectionFenced);
  });

  it('never overlap: the newer one waits for the batch in progress, and does not repeat it', async () => {
    await setup.write('a', 'b');
    let inBatch = (): void => {};
    const entered = new Promise<void>((resolve) => {
      inBatch = resolve;
    });
    let letGo = (): void => {};
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const older = start(
      notes({
        after: async () => {
          inBatch();
          await released;
        },
      }),
    );
    await entered;
    const newer = start();
    await waitFor(async () => {
      const { rows } = await sql`
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
        setup.db,
      );
      return rows.length === 1;
    });
    letGo();
    await waitFor(() => newer.runner.state.status === 'live');
    await setup.write('c');
    await expect(older.run).rejects.toThrow(ProjectionFenced);
    await waitFor(async () => (await setup.contents()).length === 3);
    expect(await setup.added()).toEqual(['a', 'b', 'c']);
  });
});

describe('the lag', () => {
  it('is the age of the oldest unprocessed event, also while it is applied, and 0 when caught up', async () => {
    let letGo = (): void => {};
    const released = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const { runner } = start(notes({ before: () => released }));
    expect(runner.lagSeconds).toBeUndefined();
    await waitFor(() => runner.state.status === 'live');
    expect(runner.lagSeconds).toBe(0);
    const first = await happenedAt((await setup.write('a', 'b')) - 1n);
    await waitFor(() => runner.lagSeconds !== 0);
    const earliest = (Date.now() - first) / 1000;
    expect(runner.lagSeconds).toBeGreaterThanOrEqual(earliest);
    expect(runner.lagSeconds).toBeLessThanOrEqual((Date.now() - first) / 1000);
    letGo();
    await waitFor(() => runner.lagSeconds === 0);
    expect(runner.applied).toBe(2);
  });

  it('is the age of the event that stops the projection', async () => {
    const { runner, run } = start();
    await waitFor(() => runner.state.status === 'live');
    const stoppedAt = await happenedAt(await setup.write('nul \0'));
    await expect(run).rejects.toThrow(EventNotApplicable);
    const earliest = (Date.now() - stoppedAt) / 1000;
    expect(runner.lagSeconds).toBeGreaterThanOrEqual(earliest);
  });

  it('is unknown to a runner while another one runs the projection', async () => {
    const older = start();
    await waitFor(() => older.runner.state.status === 'live');
    const newer = start();
    await waitFor(() => newer.runner.state.status === 'live');
    await setup.write('a');
    await expect(older.run).rejects.toThrow(ProjectionFenced);
    expect(older.runner.lagSeconds).toBeUndefined();
  });

  const happenedAt = async (position: bigint): Promise<number> => {
    for await (const event of setup.store.readAll({ from: position - 1n, limit: 1 })) {
      return Date.parse(occurredAtOf(event));
    }
    throw new Error(`There is no event at ${position}.`);
  };
});

describe('an event that cannot be applied', () => {
  it('that violates its schema stops the projection before it, with an error that names it', async () => {
    const broken = { ...noteEvent('x'), data: { content: 'no more' } };
    await setup.write('a');
    await setup.store.append(notesStream, 'any', [broken]);
    await setup.write('c');
    const { run, runner } = start();
    const error = await run.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(EventNotApplicable);
    expect(error).toMatchObject({ eventId: broken.id, stream: notesStream });
    expect(String(error)).toContain(
      `event ${broken.id} (MemoryEntryAdded, stream ${notesStream}, revision 1)`,
    );
    expect(await setup.contents()).toEqual(['a']);
    expect(() => runner.check()).toThrow(broken.id);

    const again = start();
    await expect(again.run).rejects.toThrow(broken.id);
    expect(await setup.added()).toEqual(['a']);
  });

  it('that cannot be prepared stops the projection before it, with an error that names it', async () => {
    await setup.write('a', 'broken', 'c');
    const prepare = (content: string) => {
      if (content === 'broken') throw new TypeError('no text');
    };
    const { run } = start(notes({ prepare }));
    await expect(run).rejects.toMatchObject({ code: 'event_not_applicable', stream: notesStream });
    await expect(run).rejects.toThrow('no text');
    expect(await setup.contents()).toEqual(['a']);
  });

  it('whose rows the database rejects stops the projection before it, with an error that names it', async () => {
    await setup.write('a', 'b', 'nul \0', 'd');
    const { run } = start();
    await expect(run).rejects.toMatchObject({ code: 'event_not_applicable', stream: notesStream });
    expect(await setup.contents()).toEqual(['a', 'b']);
  });
});

describe('a checkpoint that is not in the log', () => {
  it('stops the projection, with an error that says what to do', async () => {
    start();
    await reached(await setup.write('a'));
    await stop();
    await sql`update projection_checkpoints set position = position + 1000`.execute(setup.db);
    await expect(start().run).rejects.toThrow(ProjectionLost);
    await expect(start().run).rejects.toThrow('npm run events -- mark-restored');
  });

  it('rebuilds the rows if the log was marked as restored', async () => {
    start();
    await reached(await setup.write('a'));
    await stop();
    await sql`insert into notes values ('of an event that is not in the backup', '999')`.execute(setup.db);
    await sql`update projection_checkpoints set position = position + 1000`.execute(setup.db);
    await expect(start().run).rejects.toThrow(ProjectionLost);
    const mark = { ...noteEvent(''), type: 'LogRestored', data: { origin: 'backup' } };
    await setup.store.append(streams.installation, 'any', [mark]);
    await setup.write('b');
    const { runner } = start();
    await waitFor(() => runner.state.status === 'live');
    expect(await setup.contents()).toEqual(['a', 'b']);
  });
});

describe('the version of a projection', () => {
  it('rebuilds the rows when it increases, and only then', async () => {
    start();
    await reached(await setup.write('a'));
    await stop();
    await sql`insert into notes values ('stale', '0')`.execute(setup.db);
    start();
    await reached(await setup.write('b'));
    await stop();
    expect(await setup.contents()).toEqual(['stale', 'a', 'b']);

    start(notes({ version: 2 }));
    await reached(await setup.write('c'));
    await stop();
    expect(await setup.added()).toEqual(['a', 'b', 'c']);
    expect(await setup.contents()).toEqual(['a', 'b', 'c']);
  });

  it('is rejected when it is older than the rows, without taking over', async () => {
    const newer = notes({ version: 2 });
    const { runner } = start(newer);
    await waitFor(() => runner.state.status === 'live');
    await expect(start(notes({ version: 1 })).run).rejects.toThrow(ProjectionTooNew);
    expect(await reached(await setup.write('a'))).toBe('reached');
  });
});
