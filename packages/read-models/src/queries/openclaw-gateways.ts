import type { Kysely } from 'kysely';
import type { OpenclawGatewayRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import { type Page, type PageRequest, pageOf } from './page.ts';

const cursor = cursorOf('gateways', ['position']);

/** Newest first. */
export const listOpenclawGateways = async (
  db: Kysely<ReadModels>,
  request: PageRequest,
): Promise<Page<OpenclawGatewayRow>> => {
  let query = db.selectFrom('openclaw_gateways').selectAll();
  if (request.cursor !== undefined) {
    const [position = ''] = cursor.decode(request.cursor);
    query = query.where('position', '<', BigInt(position));
  }
  const rows = await query
    .orderBy('position', 'desc')
    .limit(request.limit + 1)
    .offset(request.offset)
    .execute();
  const { total } = await db
    .selectFrom('openclaw_gateways')
    .select((count) => count.fn.countAll<bigint>().as('total'))
    .executeTakeFirstOrThrow();
  return pageOf(request, rows, Number(total), (last) => cursor.encode([last.position]));
};

/** @param id a UUID */
export const findOpenclawGateway = (
  db: Kysely<ReadModels>,
  id: string,
): Promise<OpenclawGatewayRow | undefined> =>
  db.selectFrom('openclaw_gateways').selectAll().where('id', '=', id).executeTakeFirst();
