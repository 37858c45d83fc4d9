import { statement } from '@mission-control/projections';
import type { Transaction } from 'kysely';
import type { ReadModels } from '../tables/read-models.ts';
import { storable } from './statements.ts';

/** The type of each column, as Postgres names it. */
export type ColumnTypes<Row> = Readonly<Record<keyof Row & string, string>>;

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
  const columns = Object.keys(types) as (keyof Row & string)[];
  const isArray = (column: keyof Row & string): boolean => types[column].endsWith('[]');
  const given = columns.map((column, i) => `$${i + 1}::${isArray(column) ? 'text' : types[column]}[]`);
  const selected = columns.map((column) =>
    isArray(column) ? `${column}::${types[column]} as ${column}` : column,
  );
  const rowsOf = `(select ${selected} from unnest(${given}) given (${columns}))`;
  const run = statement<Result>(name, textOf(columns.join(', '), rowsOf));
  return async (tx, rows) => {
    if (rows.length === 0) return [];
    const clean = rows.map(storable);
    return run(
      tx,
      columns.map((column) =>
        clean.map((row) => {
          const value: unknown = row[column];
          return isArray(column) && Array.isArray(value) ? arrayLiteral(value) : (value ?? null);
        }),
      ),
    );
  };
};

const arrayLiteral = (texts: readonly string[]): string =>
  `{${texts.map((text) => `"${text.replace(/["\\]/g, '\\$&')}"`).join(',')}}`;
