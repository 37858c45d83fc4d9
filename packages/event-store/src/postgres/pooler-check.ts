import type { Client } from 'pg';
import { EventStoreUnsupported } from '../errors.ts';
import { destroySession, openSession } from './session.ts';
import type { PostgresSettings } from './settings.ts';

/**
 * Throws EventStoreUnsupported behind a pooler that sends a session's statements to changing servers: settings, prepared
 * statements and LISTEN would be lost silently. Such a pooler is detected in one of two ways: two open connections share one
 * server process, or one connection moves to another process while the other keeps a transaction open.
 */
export const refuseTransactionPooler = async (settings: PostgresSettings, one: Client): Promise<void> => {
  const before = await backendOf(one);
  const other = await openSession(settings);
  try {
    const shared = (await backendOf(other)) === before;
    if (!shared) await other.query('begin');
    if (shared || (await backendOf(one)) !== before) {
      throw new EventStoreUnsupported(
        `${settings.printableAddress} is a connection pooler in transaction or statement mode: use its session mode, or the address of Postgres itself`,
      );
    }
    await other.query('rollback');
  } finally {
    destroySession(other);
  }
};

const backendOf = async (client: Client): Promise<number | undefined> =>
  (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid;
