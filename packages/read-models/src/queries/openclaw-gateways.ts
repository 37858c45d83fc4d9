import type { Kysely } from 'kysely';
import type { OpenclawGatewayRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, pageByPosition } from './page-by-position.ts';

const cursor = cursorOf('gateways', ['position']);

/** Newest first. */
export const listOpenclawGateways = async (
  db: Kysely<ReadModels>,
  request: PageRequest,
): Promise<Page<OpenclawGatewayRow>> => {
  const all = db.selectFrom('openclaw_gateways');
  return pageByPosition(all.selectAll(), request, cursor, () => countOf(all));
};

/** @param id a UUID */
export const findOpenclawGateway = (
  db: Kysely<ReadModels>,
  id: string,
): Promise<OpenclawGatewayRow | undefined> =>
  db.selectFrom('openclaw_gateways').selectAll().where('id', '=', id).executeTakeFirst();
