import { openEventStore } from '@mission-control/event-store';
import pg from 'pg';
import { type Comparison, compared } from '../compare.ts';
import { median } from '../report.ts';
import { createDatabase } from '../with-postgres.ts';
import { type MeasuredApi, startAdminApi } from './admin-api.ts';
import { fillLog } from './log.ts';
import { Checkpoints, rebuilt, startProjector } from './projector.ts';

const few = 10_000;
const readsAround = 40;
const lastAt = '2026-03-31T00:00:00.000Z';
const ago = (days: number): string => new Date(Date.parse(lastAt) - days * 86_400_000).toISOString();

/** Every filter that an index serves, at its ends and in the middle. Each passes more than a page of 10,000 payloads, or nothing. */
const queries: Readonly<Record<string, string>> = {
  'no filter': '',
  'status of most': 'status=handled',
  'status of one in a hundred': 'status=parked',
  'status of none': 'status=failed',
  'event type of every second': 'event_type=push',
  'event type of one in a hundred': 'event_type=issues.opened',
  'event types that begin so, of every second': 'event_type=pull_request.*',
  'event type of none': 'event_type=none',
  'a week and the event type of one in a hundred': `event_type=issues.opened&since=${ago(15)}&until=${ago(8)}`,
  'event type of every second, and the status of one in a hundred': 'event_type=push&status=parked',
  'since: the last day': `since=${ago(1)}`,
  'since: most of the time': `since=${ago(29)}`,
  'until: half of the time': `until=${ago(15)}`,
  'until: the first day': `until=${ago(29)}`,
  'a day in the middle': `since=${ago(15)}&until=${ago(14)}`,
  'a day and the status of most': `since=${ago(15)}&until=${ago(14)}&status=handled`,
  'a week and the status of one in a hundred': `since=${ago(15)}&until=${ago(8)}&status=parked`,
  'until, and the status of one in a hundred': `until=${ago(15)}&status=parked`,
};

/** Compares the time of a list's first page with many payloads to that with 10,000, all of one webhook and over 30 days. */
export const measurePages = async (
  serverUrl: string,
  { rounds, payloads }: { rounds: number; payloads: number },
): Promise<Comparison[]> => {
  const small = await prepare(serverUrl, 'few', few);
  const large = await prepare(serverUrl, 'many', payloads);
  try {
    const comparisons: Comparison[] = [];
    for (const [name, query] of Object.entries(queries)) {
      const [product, bare]: [number[], number[]] = [[], []];
      for (let round = 0; round <= rounds; round += 1) {
        const [one, other] = [await small.pageMs(query), await large.pageMs(query)];
        if (round === 0) continue;
        bare.push(one);
        product.push(other);
      }
      comparisons.push(
        compared(
          { name: `first page of ${payloads} / of ${few}: ${name}`, unit: 'ms', target: { atMost: 1.5 } },
          { product, bare },
        ),
      );
    }
    return comparisons;
  } finally {
    await small.api.stop();
    await large.api.stop();
  }
};

const prepare = async (serverUrl: string, name: string, payloads: number) => {
  const url = await createDatabase(serverUrl, name);
  const store = await openEventStore(url);
  const [webhook] = await fillLog(store, 0);
  const head = (await store.head())?.position ?? -1n;
  await store.close();
  const projector = startProjector({ eventStoreUrl: url });
  const checkpoints = await Checkpoints.openOnceMigrated(url);
  await rebuilt(projector, checkpoints, head);
  await checkpoints.close();
  await projector.stop();
  if (!webhook) throw new Error('No webhook was created.');
  process.stderr.write(`writing the rows of ${payloads} payloads …\n`);
  await writeRows(url, webhook, payloads);
  const api = await startAdminApi(url);
  const path = `/boards/${webhook.boardId}/webhooks/${webhook.webhookId}/payloads`;
  return { api, pageMs: (query: string) => typicalMs(api, `${path}?limit=20&${query}`) };
};

const typicalMs = async (api: MeasuredApi, path: string): Promise<number> => {
  const times: number[] = [];
  while (times.length < readsAround) times.push(await api.read(path));
  return median(times);
};

/** Rows as a projector would have written them; 10,000,000 of its events would take half an hour. */
const writeRows = async (
  url: string,
  { boardId, webhookId }: { boardId: string; webhookId: string },
  payloads: number,
): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const indexAgain = await withoutIndexes(client);
  await client.query(
    `create temporary table made as
     select gen_random_uuid() as id, gen_random_uuid() as delivery_id, n as position,
            -- Two gateways, whose clocks differ by some seconds.
            $1::timestamptz - (($2 - n) * interval '30 days' / $2) - (n % 2) * interval '3 s' as received_at,
            case when n % 100 = 0 then 'parked' else 'handled' end as status,
            case when n % 100 = 51 then 'issues.opened' when n % 2 = 0 then 'push'
                 else 'pull_request.' || (array['opened', 'closed', 'synchronize', 'labeled'])[n / 2 % 4 + 1] end as event_type
       from generate_series(1, $2::bigint) n`,
    [lastAt, payloads],
  );
  await client.query(
    `insert into board_webhook_payloads
            (id, board_id, webhook_id, payload, payload_encoding, headers, request_headers, source_ip, content_type, received_at,
             sha256, content_sha256, size, signature_verdict, signature_scheme, webhook_revision, stream_revision, position, event_type, sender)
     select id, $1, $2, json_build_object('text', repeat(md5(position::text), 8)), 'json', '{"content-type":"application/json"}',
            '{"content-type":"application/json"}', '127.0.0.1', 'application/json', received_at, repeat('0', 64), repeat('0', 64),
            267, 'verified', 'hmac', 0, position - 1, position, event_type, 'GitHub'
       from made order by position`,
    [boardId, webhookId],
  );
  await client.query(
    `insert into webhook_payload_states
            (payload_id, webhook_id, position, received_at, status, delivery_id, arrivals, differing_arrivals)
     select id, $1, position, received_at, status, delivery_id, 1, 0 from made order by position`,
    [webhookId],
  );
  await client.query(
    `insert into webhook_deliveries
            (id, payload_id, board_id, webhook_id, status, attempts, requested_at, updated_at, position, applied_position)
     select delivery_id, id, $1, $2, status, 1, received_at, received_at, position, position from made order by position`,
    [boardId, webhookId],
  );
  await client.query(
    `insert into webhook_payload_counts select $1, status, count(*) from made group by status`,
    [webhookId],
  );
  await client.query('drop table made');
  await indexAgain();
  await client.query('vacuum analyze');
  await client.end();
};

/**
 * Drops the constraints and indexes of the tables that are written: entries of random ids, one by one, take hours once the index is larger
 * than the memory. Returns what makes the same ones again.
 */
const withoutIndexes = async (client: pg.Client): Promise<() => Promise<void>> => {
  const { rows } = await client.query<{ undo: string; redo: string }>(
    `with written as (
       select unnest(array['board_webhook_payloads', 'webhook_payload_states', 'webhook_deliveries'])::regclass as relation
     )
     select format('alter table %s drop constraint %I', conrelid::regclass, conname) as undo,
            format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as redo
       from pg_constraint join written on relation = conrelid where contype in ('p', 'u')
     union all
     select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
       from pg_index join written on relation = indrelid
      where not exists (select from pg_constraint where conindid = indexrelid)`,
  );
  for (const { undo } of rows) await client.query(undo);
  await client.query("set maintenance_work_mem = '1GB'");
  return async () => {
    for (const { redo } of rows) await client.query(redo);
  };
};
