import pg from 'pg';

const patienceMs = 5_000;

/** Runs one statement on a session of its own. With no statement it only asks whether the server lets us in. */
export const askPostgres = async (
  url: string,
  sql = 'select 1',
  values: readonly unknown[] = [],
): Promise<number> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: patienceMs });
  // A server that ends us says so in an event as well as in the answer.
  client.on('error', () => {});
  try {
    await client.connect();
    return (await client.query(sql, [...values])).rowCount ?? 0;
  } finally {
    await client.end().catch(() => {});
  }
};
