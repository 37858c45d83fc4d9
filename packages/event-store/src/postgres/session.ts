import { Client, type ClientBase, type ClientConfig } from 'pg';
import type { PostgresSettings } from './settings.ts';

/** Session settings by their Postgres names. */
export type SessionSettings = Readonly<Record<string, string>>;

/** Timeouts in milliseconds for a statement and for its wait for locks. */
export const limits = (statement: number, lock: number): SessionSettings => ({
  statement_timeout: `${statement}ms`,
  lock_timeout: `${lock}ms`,
  idle_in_transaction_session_timeout: `${statement}ms`,
  // Postgres 17 and newer. Also ends a statement whose client stopped between sending it and requesting its end.
  transaction_timeout: `${statement + 1_000}ms`,
});

const usual: SessionSettings = {
  ...limits(15_000, 10_000),
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  DateStyle: 'ISO',
  // Every query here should use an index. Plans made while the tables are small must still be good when they are large.
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/**
 * Sets up a session regardless of the defaults of the role or the database. Uses a query instead of start-up options, which
 * poolers in session mode reject. Leaves out settings that the server does not know.
 */
export const prepareSession = async (client: ClientBase, settings: SessionSettings = {}): Promise<void> => {
  await client.query(
    `select set_config(wanted.key, wanted.value, false) from json_each_text($1::json) wanted
      where wanted.key in (select name from pg_settings)`,
    [JSON.stringify({ ...usual, ...settings })],
  );
};

/** Opens a separate connection that is ready for use. The caller listens for `error` and ends the connection. */
export const openSession = async (
  settings: PostgresSettings,
  session?: SessionSettings,
  options: Pick<ClientConfig, 'stream'> = {},
): Promise<Client> => {
  const client = new Client({ ...settings.client, ...options });
  // Without a listener, the loss of an idle connection would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await inTime(client, settings.client.connectionTimeoutMillis, prepareSession(client, session));
  } catch (error) {
    destroySession(client);
    throw error;
  }
  return client;
};

/** Drops the connection when the work on it takes longer: a server that stops answering would hold it forever. */
export const inTime = async <T>(
  client: Client,
  milliseconds: number | undefined,
  work: Promise<T>,
): Promise<T> => {
  const overdue = setTimeout(() => destroySession(client), milliseconds);
  try {
    return await work;
  } finally {
    clearTimeout(overdue);
  }
};

/** Ends the connection gracefully, but does not wait long for the server. */
export const endSession = async (client: Client): Promise<void> => {
  const overdue = setTimeout(() => destroySession(client), 1_000);
  await client.end().catch(() => {});
  clearTimeout(overdue);
};

/** Drops the connection without waiting for the server. */
export const destroySession = (client: Client): void => {
  client.connection.stream.destroy();
  client.end().catch(() => {});
};
