import { type EventStore, type LargestEvent, openEventStore } from '@mission-control/event-store';
import { openReadModels, readInstallationId } from '@mission-control/read-models';
import {
  type ConfigOf,
  eventStoreUrlOf,
  type eventStoreVariables,
  type Logger,
  type Metrics,
} from '@mission-control/runtime';
import { claimLog } from './claim-log.ts';
import { requireNoUnfinishedCopy } from './unfinished-copy.ts';

interface LogContext {
  readonly config: ConfigOf<typeof eventStoreVariables>;
  readonly log: Logger;
  readonly metrics?: Metrics;
}

/**
 * Opens the installation's part of the event store and claims it. The installation's id is INSTALLATION_ID, otherwise the one that the read
 * models in DATABASE_URL were created with. If neither is known, nothing is claimed.
 *
 * @param service its name; the server shows it for the connections
 * @throws ConfigError without an address; UnfinishedCopy; LogOfAnotherInstallation; and what `openEventStore` throws
 */
export const openInstallationLog = async (
  context: LogContext,
  service: string,
  options: { readonly largestEvent?: LargestEvent } = {},
): Promise<EventStore> => {
  const { config, log, metrics } = context;
  const store = await openEventStore(eventStoreUrlOf(config), {
    ...options,
    name: service,
    log,
    prefix: config.EVENTSTORE_PREFIX,
    ...(metrics && { meter: metrics.meter }),
  });
  try {
    await requireNoUnfinishedCopy(store);
    const id = config.INSTALLATION_ID ?? (await keptInstallationId(context));
    if (id === null) {
      log.debug(
        'the id of this installation is not known; not checking whether the event store belongs to it',
      );
    } else if ((await claimLog(store, id, service)) === 'claimed') {
      log.info({ installation_id: id }, 'claimed the event store for this installation');
    }
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
};

/** null: the read models are not migrated yet, or cannot be read. A service that needs no database must also start without it. */
const keptInstallationId = async ({ config, log }: LogContext): Promise<string | null> => {
  if (!config.DATABASE_URL) return null;
  const { db, close } = openReadModels(config.DATABASE_URL, {
    connections: 1,
    prefix: config.EVENTSTORE_PREFIX,
  });
  try {
    return await readInstallationId(db);
  } catch (error) {
    log.debug({ err: error }, 'cannot read the id of this installation from the read models');
    return null;
  } finally {
    await close();
  }
};
