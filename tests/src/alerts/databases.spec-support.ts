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

/** SQL that returns when a session of that service has waited so long for a lock. Postgres measures, however slow this process is. */
export const untilWaited = (service: string, seconds: number): string => `do $$ begin
  while not exists (
    select from pg_locks join pg_stat_activity using (pid)
     where application_name like '%${service}%' and waitstart < clock_timestamp() - interval '${seconds} seconds')
  loop
    perform pg_sleep(0.05), pg_stat_clear_snapshot();
  end loop;
end $$`;

/** What the runbooks say of a lock: ends the session that holds it. */
export const endBlockers = (url: string, table: string): Promise<unknown> =>
  query(
    url,
    `select pg_terminate_backend(pid) from pg_locks
      where relation = '${table}'::regclass and mode = 'ExclusiveLock' and granted`,
  );

/** From now on, the event store refuses events for which the condition on the row `new` holds. */
export const refuseEvents = (url: string, condition: string): Promise<unknown> =>
  query(
    url,
    `create function refuse() returns trigger language plpgsql as
       $$ begin raise exception 'the archive is read-only'; end $$;
     create trigger refuse before insert on eventstore.events
       for each row when (${condition}) execute function refuse()`,
  );

export const acceptEvents = (url: string): Promise<unknown> => query(url, 'drop function refuse cascade');
