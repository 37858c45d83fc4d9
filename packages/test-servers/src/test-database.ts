import { randomUUID } from 'node:crypto';
import pg from 'pg';

/** The address of the test run's Postgres. The global set-up sets it for specs that need it; it is empty for the others. */
export const testPostgresVariable = 'TEST_POSTGRES_URL';

export interface TestDatabase {
  readonly url: string;
  /** Ends open sessions and removes the database. */
  readonly drop: () => Promise<void>;
}

/** Seconds. A busy machine may need many times as long as an idle one; this only ends what hangs. */
const connectTimeout = '120';

/** Creates a separate, empty database on the test run's Postgres. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const server = process.env[testPostgresVariable];
  if (!server) {
    throw new Error(`${testPostgresVariable} is not set: run tests through vitest from the project folder.`);
  }
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await execute(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  url.searchParams.set('connect_timeout', connectTimeout);
  return { url: url.href, drop: () => execute(server, `drop database if exists ${name} with (force)`) };
};

const execute = async (url: string, sql: string): Promise<void> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
};
