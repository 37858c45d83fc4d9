import { type RawBuilder, sql } from 'kysely';

/** `where('id', '=', anyOf(ids))`: one parameter, however many ids. */
export const anyOf = (ids: Iterable<string>): RawBuilder<string> => sql`any(${[...new Set(ids)]}::uuid[])`;

const rowsAStatement = 500;

/** Postgres accepts 65,535 parameters per statement, so wide rows are written some hundred at a time. */
export const inChunks = <T>(rows: readonly T[]): T[][] => {
  const chunks: T[][] = [];
  for (let i = 0; i < rows.length; i += rowsAStatement) chunks.push(rows.slice(i, i + rowsAStatement));
  return chunks;
};

/** Postgres text cannot contain U+0000, but JSON can: it becomes U+FFFD. Any other value stays as it is. */
export const storableText = <Value>(value: Value): Value =>
  typeof value === 'string' && value.includes('\0') ? (value.replaceAll('\0', '\ufffd') as Value) : value;

/** The same for each text in a row, and in its lists. */
export const storable = <Row extends object>(row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => [
      column,
      Array.isArray(value) ? value.map(storableText) : storableText(value),
    ]),
  ) as Row;
