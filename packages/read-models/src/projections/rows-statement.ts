import { statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import { type BinaryType, binaryColumn } from './binary-column.ts';
import { storableText } from './statements.ts';

/** The type of each column, as Postgres names it. */
export type ColumnTypes<Row> = Readonly<Record<keyof Row & string, BinaryType | 'text[]'>>;

/**
 * Declares a statement on any number of rows. It has one parameter per column, an array, so that its text does not depend on the number
 * of rows. Columns of type `text[]` are passed as array literals.
 *
 * @param textOf makes the text from the list of the columns, and from a `from` item with these columns
 */
export const rowsStatement = <Row extends object, Result = unknown>(
  name: string,
  types: ColumnTypes<Row>,
  textOf: (columns: string, rows: string) => string,
): ((tx: Transaction<ReadModels>, rows: readonly Row[]) => Promise<Result[]>) => {
  const columns = (Object.keys(types) as (keyof Row & string)[]).map((column) => {
    const type: BinaryType | 'text[]' = types[column];
    return { column, isArray: type === 'text[]', given: type === 'text[]' ? 'text' : type } as const;
  });
  const names = columns.map(({ column }) => column);
  // In the select list, not behind `from`: there Postgres would store each array as a table before it reads the first row.
  const selected = columns.map(
    ({ column, isArray, given }, i) =>
      `unnest($${i + 1}::${given}[])${isArray ? '::text[]' : ''} as ${column}`,
  );
  const rowsOf = `(select ${selected.join(', ')})`;
  const run = statement<Result>(name, textOf(names.join(', '), rowsOf));
  return async (tx, rows) => {
    if (rows.length === 0) return [];
    return run(
      tx,
      columns.map(({ column, isArray, given: type }) => {
        const values = rows.map((row): unknown => row[column]);
        if (type !== 'text') return binaryColumn(type, values);
        return binaryColumn(type, isArray ? values.map(arrayLiteral) : values.map(storableText));
      }),
    );
  };
};

const arrayLiteral = (texts: unknown): string | null =>
  Array.isArray(texts)
    ? storableText(`{${texts.map((text) => `"${String(text).replace(/["\\]/g, '\\$&')}"`).join(',')}}`)
    : null;
