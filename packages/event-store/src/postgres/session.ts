import { Client, type ClientBase } from 'pg';
import type { PostgresSettings } from './settings.ts';

/** Limits for the statements of a session, in milliseconds. */
export interface SessionLimits {
  readonly statement: number;
  readonly lock: number;
}

export const usualLimits: SessionLimits = { statement: 15_000, lock: 10_000 };

/**
 * Sets a session up, whatever the role or the database has as defaults. Done by a query instead of start-up options, which
 * poolers in session mode refuse. `transaction_timeout` exists from Postgres 17 on; it also ends a statement whose client
 * stopped between sending it and asking for its end.
 */
export const prepareSession = async (
  client: ClientBase,
  limits: SessionLimits = usualLimits,
): Promise<void> => {
  const wanted = {
    synchronous_commit: 'on',
    default_transaction_isolation: 'read committed',
    statement_timeout: `${limits.statement}ms`,
    lock_timeout: `${limits.lock}ms`,
    idle_in_transaction_session_timeout: `${limits.statement}ms`,
    transaction_timeout: `${limits.statement + 5_000}ms`,
    DateStyle: 'ISO',
    // Every query here is meant to walk an index. Plans made while the tables are small must still hold when they are not.
    enable_seqscan: 'off',
    jit: 'off',
    plan_cache_mode: 'force_generic_plan',
  };
  await client.query(
    `select set_config(wanted.key, wanted.value, false) from json_each_text($1::json) wanted
      where wanted.key in (select name from pg_settings)`,
    [JSON.stringify(wanted)],
  );
};

/** A connection of its own, ready for use. The caller listens for `error` and ends it. */
export const openSession = async (settings: PostgresSettings, limits?: SessionLimits): Promise<Client> => {
  const client = new Client(settings.client);
  // Without a listener a connection lost while idle would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await prepareSession(client, limits);
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
