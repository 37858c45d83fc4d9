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

/** Postgres text cannot contain U+0000, but JSON can: it becomes U+FFFD. */
export const storable = <Row extends object>(row: Row): Row => {
  let clean: Record<string, unknown> | undefined;
  for (const [column, value] of Object.entries(row)) {
    if (!holdsNul(value)) continue;
    clean ??= { ...row } as Record<string, unknown>;
    clean[column] = withoutNul(value);
  }
  return (clean as Row | undefined) ?? row;
};

const holdsNul = (value: unknown): boolean =>
  Array.isArray(value) ? value.some(holdsNul) : typeof value === 'string' && value.includes('\0');

const withoutNul = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(withoutNul)
    : typeof value === 'string'
      ? value.replaceAll('\0', '\ufffd')
      : value;
