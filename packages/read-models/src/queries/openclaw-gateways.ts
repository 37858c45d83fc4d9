import type { Kysely } from 'kysely';
import type { OpenclawGatewayRow } from '../tables/configuration.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { cursorOf } from './cursor.ts';
import type { Page, PageRequest } from './page.ts';
import { countOf, pageByPosition } from './page-by-position.ts';
import { type Waiting, waitingFor } from './waiting.ts';

/** An OpenClaw gateway with the deliveries that wait for it. */
export type OpenclawGatewayWithWaiting = OpenclawGatewayRow & Waiting;

const cursor = cursorOf('gateways', ['position']);

/** Newest first. */
export const listOpenclawGateways = async (
  db: Kysely<ReadModels>,
  request: PageRequest,
): Promise<Page<OpenclawGatewayWithWaiting>> => {
  const all = db.selectFrom('openclaw_gateways');
  const page = await pageByPosition(all.selectAll(), request, cursor, () => countOf(all));
  return { ...page, items: await withWaiting(db, page.items) };
};

/** @param id a UUID */
export const findOpenclawGateway = async (
  db: Kysely<ReadModels>,
  id: string,
): Promise<OpenclawGatewayWithWaiting | undefined> => {
  const row = await db.selectFrom('openclaw_gateways').selectAll().where('id', '=', id).executeTakeFirst();
  return row && (await withWaiting(db, [row]))[0];
};

const withWaiting = async (
  db: Kysely<ReadModels>,
  rows: readonly OpenclawGatewayRow[],
): Promise<OpenclawGatewayWithWaiting[]> => {
  const ids = rows.map((row) => row.id);
  const waiting = await waitingFor(db, ids);
  return rows.map((row) => ({ ...row, ...(waiting.get(row.id) ?? nothingWaits) }));
};

const nothingWaits: Waiting = { waiting: 0, oldest_waiting_at: null };
