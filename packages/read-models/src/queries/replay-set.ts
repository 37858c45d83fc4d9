import { listBuilds, readableBuild } from '@mission-control/projections';
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely';
import { payloadsProjection } from '../projections/payloads/payloads.ts';
import type { BoardWebhookPayloadRow } from '../tables/payloads.ts';
import type { ReadModels } from '../tables/read-models.ts';
import { containing } from './containing.ts';
import { isOfEventType } from './event-type-filter.ts';
import { type PayloadFilter, storedStatuses } from './payloads.ts';
import { waitingStatuses } from './waiting.ts';

/** Which payloads of a board. */
export interface PayloadSet extends PayloadFilter {
  readonly boardId: string;
  /** undefined: of all its webhooks. */
  readonly webhookId?: string | undefined;
  readonly statusReason?: string | undefined;
  /** Only these ids. */
  readonly payloadIds?: readonly string[] | undefined;
}

export type SetMember = Pick<
  Selectable<BoardWebhookPayloadRow>,
  'id' | 'webhook_id' | 'stream_revision' | 'received_at'
>;

const memberColumns = [
  'payload.id',
  'payload.webhook_id',
  'payload.stream_revision',
  'payload.received_at',
] as const;

/** Up to where in the log the set was read. */
export interface SetAsOf {
  readonly incarnation: string;
  readonly position: bigint;
}

/** A search reads every payload that passes the other filters. */
const patience = '60s';

/**
 * Reads a set of payloads in the order of arrival, as it is at one moment, some thousand at a time.
 *
 * @param page is called with up to `pageSize` members at a time, and at least once, with an empty page if there are none
 */
export const readPayloadSet = async (
  db: Kysely<ReadModels>,
  set: PayloadSet,
  pageSize: number,
  page: (members: readonly SetMember[], asOf: SetAsOf) => Promise<void>,
): Promise<void> =>
  asOneMoment(db, async (tx) => {
    const asOf = await asOfNow(tx);
    const members = (await payloadsIn(tx, set)).select(memberColumns).orderBy('payload.position');
    await sql`declare payload_set no scroll cursor for ${members}`.execute(tx);
    for (let first = true; ; first = false) {
      const { rows } = await sql<SetMember>`fetch ${sql.lit(pageSize)} from payload_set`.execute(tx);
      if (rows.length > 0 || first) await page(rows, asOf);
      if (rows.length < pageSize) return;
    }
  });

export interface SetSummary {
  readonly payloads: number;
  /** Of these, how many have a delivery that is not settled. */
  readonly delivering: number;
  /** By arrival. undefined: the set is empty. */
  readonly first: SetMember | undefined;
  readonly last: SetMember | undefined;
}

export const summarisePayloadSet = (db: Kysely<ReadModels>, set: PayloadSet): Promise<SetSummary> =>
  asOneMoment(db, async (tx) => {
    const statuses: readonly string[] = waitingStatuses;
    const all = await payloadsIn(tx, set);
    const members = all.select(memberColumns).limit(1);
    const counted = await all
      .select([
        (count) => count.fn.countAll<bigint>().as('payloads'),
        sql<bigint>`count(*) filter (where state.status = any(${statuses}::text[]))`.as('delivering'),
      ])
      .executeTakeFirstOrThrow();
    return {
      payloads: Number(counted.payloads),
      delivering: Number(counted.delivering),
      first: await members.orderBy('payload.position').executeTakeFirst(),
      last: await members.orderBy('payload.position', 'desc').executeTakeFirst(),
    };
  });

const asOneMoment = <T>(
  db: Kysely<ReadModels>,
  read: (tx: Transaction<ReadModels>) => Promise<T>,
): Promise<T> =>
  db
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (tx) => {
      await sql`set local statement_timeout = ${sql.lit(patience)}`.execute(tx);
      return read(tx);
    });

const asOfNow = async (tx: Transaction<ReadModels>): Promise<SetAsOf> => {
  const build = readableBuild(await listBuilds(tx, [payloadsProjection.name]), payloadsProjection);
  return { incarnation: build?.incarnation ?? '', position: build?.position ?? 0n };
};

const payloadsIn = async (tx: Transaction<ReadModels>, set: PayloadSet) => {
  const { boardId, webhookId, since, until, status, statusReason, eventType, q, payloadIds } = set;
  let query = tx
    .selectFrom('board_webhook_payloads as payload')
    .innerJoin('webhook_payload_states as state', 'state.payload_id', 'payload.id')
    .where('payload.board_id', '=', boardId)
    // Rows are found by their webhook.
    .where('payload.webhook_id', 'in', (webhooks) =>
      webhooks.selectFrom('board_webhooks').select('id').where('board_id', '=', boardId),
    );
  if (webhookId !== undefined) query = query.where('payload.webhook_id', '=', webhookId);
  if (since !== undefined) query = query.where('payload.received_at', '>=', since);
  if (until !== undefined) query = query.where('payload.received_at', '<', until);
  if (status !== undefined)
    query = query.where('state.status', 'in', await storedStatuses(tx, boardId, status));
  if (statusReason !== undefined) query = query.where('state.status_reason', '=', statusReason);
  if (eventType !== undefined) query = query.where(isOfEventType('payload.event_type', eventType));
  if (q) query = query.where(sql<string>`payload.payload::text`, 'ilike', containing(q));
  if (payloadIds !== undefined)
    query = query.where('payload.id', '=', sql<string>`any(${[...payloadIds]}::uuid[])`);
  return query;
};
