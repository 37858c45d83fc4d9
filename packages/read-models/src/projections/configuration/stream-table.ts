import { type DomainEvent, type EventType, isEvent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ConfigurationTables } from '../../tables/configuration.ts';
import type { ReadModels } from '../../tables/read-models.ts';
import { ChangedRows } from '../changed-rows.ts';
import { anyOf, inChunks, storable } from '../statements.ts';

/** The columns that every row derives from its stream. */
interface StreamRow {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly revision: number;
  readonly position: bigint;
}

/** A table with one row per stream. */
export interface StreamTable<Row extends StreamRow, T extends EventType> {
  readonly table: keyof ConfigurationTables;
  readonly types: readonly T[];
  idOf(event: DomainEvent<T>): string;
  /** The row after the event; null: no row. Returns the same object if the event does not change it. */
  evolve(row: Content<Row> | null, event: DomainEvent<T>): Content<Row> | null;
}

type Content<Row extends StreamRow> = Omit<Row, 'created_at' | 'updated_at' | 'revision' | 'position'>;

/** Applies the events of this table's streams: reads the rows they touch, evolves them, and writes what changed. */
export const projectStreamTable = async <Row extends StreamRow, T extends EventType>(
  tx: Transaction<ReadModels>,
  definition: StreamTable<Row, T>,
  events: readonly ProjectedEvent[],
): Promise<void> => {
  const ours = events.filter((event) => isEvent(event, ...definition.types)) as unknown as (ProjectedEvent &
    DomainEvent<T>)[];
  if (ours.length === 0) return;
  // The four tables differ only in their columns, and a definition matches the columns of its table.
  const rowsOf = tx as unknown as Transaction<Record<string, StreamRow>>;
  const ids = ours.map((event) => definition.idOf(event));
  const rows = new ChangedRows(
    await rowsOf.selectFrom(definition.table).selectAll().where('id', '=', anyOf(ids)).execute(),
    (row) => row.id,
  );
  for (const event of ours) {
    const id = definition.idOf(event);
    const before = (rows.get(id) as unknown as Row | undefined) ?? null;
    const after = nextRow(definition, before, event);
    if (after === before) continue;
    if (after === null) rows.remove(id);
    else rows.put(after);
  }
  await save(rowsOf, definition.table, rows);
};

/** An event of a table's streams, with its place in the log. */
type RowEvent<T extends EventType> = DomainEvent<T> & Pick<ProjectedEvent, 'revision' | 'position'>;

/**
 * The row after the event; null: there is none. The same object if the event does not change it, or is in it already. A read model and a
 * question about the past (`as-of/`) fold a stream with the same function.
 */
export const nextRow = <Row extends StreamRow, T extends EventType>(
  definition: StreamTable<Row, T>,
  row: Row | null,
  event: RowEvent<T>,
): Row | null => {
  if (row && event.revision <= row.revision) return row;
  const before = row as Content<Row> | null;
  const after = definition.evolve(before, event);
  if (after === before) return row;
  if (after === null) return null;
  const { occurredAt } = event.metadata;
  const { created_at, position } = row ?? { created_at: occurredAt, position: event.position };
  return {
    ...after,
    created_at,
    position,
    updated_at: occurredAt,
    revision: event.revision,
  } as unknown as Row;
};

const save = async (
  tx: Transaction<Record<string, StreamRow>>,
  table: string,
  rows: ChangedRows<StreamRow>,
): Promise<void> => {
  if (rows.removed.length > 0) await tx.deleteFrom(table).where('id', '=', anyOf(rows.removed)).execute();
  for (const chunk of inChunks(rows.written)) {
    await tx
      .insertInto(table)
      .values(chunk.map(storable))
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((set) =>
            Object.fromEntries(
              Object.keys(chunk[0] ?? {}).map((column) => [column, set.ref(`excluded.${column}` as never)]),
            ),
          ),
      )
      .execute();
  }
};
