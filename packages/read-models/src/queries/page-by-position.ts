import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

/**
 * A page of the rows that a query selects, newest first by log position.
 *
 * @param cursor encodes and decodes the cursors of the list, which are positions
 * @param total of the whole list; null when it is not counted
 * @param column the column with the position, if the query joins several tables
 * @throws InvalidCursor
 */
export const pageByPosition = async <DB, TB extends keyof DB, Row extends { readonly position: bigint }>(
  query: SelectQueryBuilder<DB, TB, Row>,
  request: PageRequest,
  cursor: ReturnType<typeof cursorOf>,
  total: () => Promise<number | null>,
  column = 'position',
): Promise<Page<Row>> => {
  const position = sql.ref<bigint>(column);
  let page = query;
  if (request.cursor !== undefined) {
    const [before = ''] = cursor.decode(request.cursor);
    page = page.where(sql<boolean>`${position} < ${BigInt(before)}`);
  }
  const rows = await page
    .orderBy(position, 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  return pageOf(request, rows as Row[], await total(), (last) => cursor.encode([last.position]));
};

/** The number of rows that a query covers. */
export const countOf = async <DB, TB extends keyof DB>(
  query: SelectQueryBuilder<DB, TB, object>,
): Promise<number> => {
  const counted = await query
    .select((count) => count.fn.countAll<bigint>().as('total'))
    .executeTakeFirstOrThrow();
  return Number((counted as { readonly total: bigint }).total);
};

/** The number of rows that a query selects; null above `most`, because counting them would cost more than a page does. */
export const countUpTo = async <DB, TB extends keyof DB, Row>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, Row>,
  most: number,
): Promise<number | null> => {
  const { rows } = await sql<{ readonly total: bigint }>`
    select count(*) as total from (${query.limit(most + 1)}) counted`.execute(db);
  const total = Number(rows[0]?.total);
  return total > most ? null : total;
};
