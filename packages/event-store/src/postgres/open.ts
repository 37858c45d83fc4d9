import type { Client } from 'pg';
import { EventStoreUnavailable, EventStoreUnsupported } from '../errors.ts';
import type { OpenSettings } from '../options.ts';
import type { EventStore } from '../port.ts';
import { toStoreError } from './errors.ts';
import { migrate } from './migrate.ts';
import { refuseTransactionPooler } from './pooler-check.ts';
import { PostgresEventStore } from './postgres-event-store.ts';
import { destroySession, limits, openSession } from './session.ts';
import { parsePostgresUrl } from './settings.ts';

const oldestServer = 140_000;
/** A migration may have to wait for another process's migration and to build an index. */
const migrationLimits = limits(600_000, 60_000);

export const openPostgresEventStore = async (
  url: string,
  { name, log, largestAppend, meter }: OpenSettings,
): Promise<EventStore> => {
  const settings = parsePostgresUrl(url, name);
  let session: Client | undefined;
  try {
    session = await openSession(settings, migrationLimits);
    await checkServer(session);
    await refuseTransactionPooler(settings, session);
    await migrate(session, settings.schema);
  } catch (error) {
    throw toStoreError(error);
  } finally {
    if (session !== undefined) destroySession(session);
  }
  log.info({ server: settings.printableAddress, schema: settings.schema }, 'the event store is open');
  return new PostgresEventStore(settings, log, largestAppend, meter);
};

const checkServer = async (session: Client): Promise<void> => {
  const { rows } = await session.query<{ version: number; encoding: string; standby: boolean }>(
    `select current_setting('server_version_num')::integer as version, current_setting('server_encoding') as encoding,
            pg_is_in_recovery() as standby`,
  );
  const [server] = rows;
  if (server === undefined || server.version < oldestServer) {
    throw new EventStoreUnsupported('the event store needs Postgres 14 or newer');
  }
  if (server.encoding !== 'UTF8') {
    throw new EventStoreUnsupported(
      `the event store needs a database with encoding UTF8, not ${server.encoding}`,
    );
  }
  if (server.standby) {
    const message =
      'Postgres is a read-only standby: point the address at the primary, or wait for the failover to end';
    throw new EventStoreUnavailable(message, false);
  }
};
