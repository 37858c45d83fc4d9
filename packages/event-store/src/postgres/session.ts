import { Client, type ClientBase } from 'pg';
import type { PostgresSettings } from './settings.ts';

/** Settings of a session by their names in Postgres. */
export type SessionSettings = Readonly<Record<string, string>>;

/** Milliseconds for a statement, and for its wait for locks. */
export const limits = (statement: number, lock: number): SessionSettings => ({
  statement_timeout: `${statement}ms`,
  lock_timeout: `${lock}ms`,
  idle_in_transaction_session_timeout: `${statement}ms`,
  // From Postgres 17 on. Also ends a statement whose client stopped between sending it and asking for its end.
  transaction_timeout: `${statement + 1_000}ms`,
});

const usual: SessionSettings = {
  ...limits(15_000, 10_000),
  synchronous_commit: 'on',
  default_transaction_isolation: 'read committed',
  DateStyle: 'ISO',
  // Every query here is meant to walk an index. Plans made while the tables are small must still hold when they are not.
  enable_seqscan: 'off',
  jit: 'off',
  plan_cache_mode: 'force_generic_plan',
};

/**
 * Sets a session up, whatever the role or the database has as defaults. Done by a query instead of start-up options, which poolers
 * in session mode refuse. What the server does not know is left out.
 */
export const prepareSession = async (client: ClientBase, settings: SessionSettings = {}): Promise<void> => {
  await client.query(
    `select set_config(wanted.key, wanted.value, false) from json_each_text($1::json) wanted
      where wanted.key in (select name from pg_settings)`,
    [JSON.stringify({ ...usual, ...settings })],
  );
};

/** A connection of its own, ready for use. The caller listens for `error` and ends it. */
export const openSession = async (settings: PostgresSettings, session?: SessionSettings): Promise<Client> => {
  const client = new Client(settings.client);
  // Without a listener a connection lost while idle would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await prepareSession(client, session);
  } catch (error) {
    destroySession(client);
    throw error;
  }
  return client;
};

/** Takes leave of the server, but does not wait long for it. */
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
