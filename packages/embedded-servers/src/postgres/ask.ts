import pg from 'pg';

const patienceMs = 5_000;

/** Runs one statement in its own session. Without a statement, only checks that the server accepts the login. */
export const askPostgres = async (
  url: string,
  sql = 'select 1',
  values: readonly unknown[] = [],
): Promise<number> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs });
  // When the server ends the session, it emits an event in addition to the error response.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql, [...values])).rowCount ?? 0;
  } finally {
    await client.end().catch(() => {});
  }
};
