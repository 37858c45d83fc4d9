import { asEvent, newRandomId, streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { createTestDatabase } from '@mission-control/test-servers';
import { type Generated, Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { createProjectionBuilds } from '../builds/table.ts';
import { createProjectionCheckpoints, type ProjectionCheckpoints } from '../checkpoints.ts';
import type { Projection } from '../projection.ts';

interface Tables {
  notes: { content: string; position: string };
  /** Every row that `apply` added. Reveals double work that the primary key of `notes` would hide. */
  added: { id: Generated<number>; content: string };
  projection_checkpoints: ProjectionCheckpoints;
}

type NotesDb = Kysely<Tables>;

export interface NotesSetup {
  readonly url: string;
  readonly db: NotesDb;
  readonly store: EventStore;
  /** Appends a note to the log; resolves to its position. */
  readonly write: (...contents: string[]) => Promise<bigint>;
  readonly contents: () => Promise<string[]>;
  readonly added: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

const board = newRandomId();

export const noteEvent = (content: string) =>
  asEvent(
    {
      type: 'MemoryEntryAdded',
      data: {
        entryId: newRandomId(),
        boardId: board,
        content,
        tags: [],
        isChat: false,
        source: null,
        author: { kind: 'admin', id: 'test' },
      },
    },
    {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'admin', id: 'test' },
      correlationId: 'test',
      causationId: null,
    },
  );

export const notesStream = streams.memory(board);

/** Opens a log and a database for the projection `notes`. */
export const openNotes = async (): Promise<NotesSetup> => {
  const database = await createTestDatabase();
  const store = await openEventStore(database.url);
  const pool = new pg.Pool({ connectionString: database.url, max: 8 });
  pool.on('error', () => {}).on('connect', (client) => client.on('error', () => {}));
  const db: NotesDb = new Kysely({ dialect: new PostgresDialect({ pool }) });
  await createProjectionCheckpoints.up(db);
  await createProjectionBuilds.up(db);
  await sql`create table notes (content text primary key, position text not null)`.execute(db);
  await sql`create table added (id serial, content text not null)`.execute(db);
  const column = async (table: 'notes' | 'added', order: 'position' | 'id') => {
    const rows = await db.selectFrom(table).select('content').orderBy(sql.ref(order)).execute();
    return rows.map((row) => row.content);
  };
  return {
    url: database.url,
    db,
    store,
    write: async (...contents) => {
      const result = await store.append(notesStream, 'any', contents.map(noteEvent));
      if (!result.ok) throw new Error(result.reason);
      return result.position;
    },
    contents: () => column('notes', 'position'),
    added: () => column('added', 'id'),
    close: async () => {
      await store.close();
      await db.destroy();
      await database.drop();
    },
  };
};

/** Stores the content of each note. `before` and `after` run in its transaction, before and after the rows are written. */
export const notes = (
  options: {
    version?: number;
    before?: (contents: string[]) => Promise<void> | void;
    after?: (contents: string[]) => Promise<void> | void;
    prepare?: (content: string) => void;
  } = {},
): Projection<Tables> => ({
  name: 'notes',
  version: options.version ?? 1,
  filter: { types: ['MemoryEntryAdded'] },
  tables: ['notes', 'added'],
  prepare: (event) => {
    if (event.type === 'MemoryEntryAdded') options.prepare?.(event.data.content);
  },
  apply: async (tx, events) => {
    const rows = events.flatMap((event) =>
      event.type === 'MemoryEntryAdded'
        ? [{ content: event.data.content, position: String(event.position).padStart(20, '0') }]
        : [],
    );
    const contents = rows.map((row) => row.content);
    await options.before?.(contents);
    await tx
      .insertInto('notes')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await tx
      .insertInto('added')
      .values(contents.map((content) => ({ content })))
      .execute();
    await options.after?.(contents);
  },
});
