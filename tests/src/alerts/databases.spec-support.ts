import { waitFor } from '@mission-control/testing';
import pg from 'pg';

/** The connection may end at any time. */
export const connect = async (url: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
};

export const query = async (url: string, sql: string): Promise<Record<string, unknown>[]> => {
  const client = await connect(url);
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

const blocking = `select distinct unnest(pg_blocking_pids(pid)) as pid from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock'`;

/** Resolves when a session of that service waits for a lock. */
export const waitsForLock = async (url: string, service: string): Promise<void> => {
  const waiting = `select from pg_stat_activity where wait_event_type = 'Lock' and application_name like '%${service}%'`;
  await waitFor(async () => (await query(url, waiting)).length > 0);
};

/** What the runbooks say of a lock: ends the session that holds it. */
export const endBlockers = (url: string): Promise<unknown> =>
  query(url, `select pg_terminate_backend(pid) from (${blocking}) as blocking`);
