import { EventStoreUnsupported } from './errors.ts';
import type { openEventStoreDb } from './eventstoredb/open.ts';
import { silentLog } from './log.ts';
import { ObservedEventStore } from './observed/observed-event-store.ts';
import type { OpenEventStoreOptions } from './options.ts';
import type { EventStore } from './port.ts';
import { openPostgresEventStore } from './postgres/open.ts';
import { PrefixedEventStore } from './prefixed/prefixed-event-store.ts';
import { streamNamesOf } from './prefixed/stream-names.ts';

const schemeOf = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * Opens the event store at the URL: `postgres://` or `postgresql://`, with `?schema=` for a schema other than `eventstore`;
 * `esdb://` or `kurrentdb://`, optionally with `+discover`, as EventStoreDB documents them. Creates what is missing there.
 * @throws EventStoreUnsupported, EventStoreAccessDenied, EventStoreUnavailable, EventTooLarge
 */
export const openEventStore = async (
  url: string,
  options: OpenEventStoreOptions = {},
): Promise<EventStore> => {
  const names = streamNamesOf(options.prefix ?? '');
  return new PrefixedEventStore(await openServer(url, options), names);
};

const openServer = async (url: string, options: OpenEventStoreOptions): Promise<EventStore> => {
  const settings = { name: 'mission-control', log: silentLog, largestAppend: 64 * 1024 * 1024, ...options };
  switch (schemeOf.exec(url)?.[1]?.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return observed(await openPostgresEventStore(url, settings), 'postgresql', options);
    case 'esdb':
    case 'esdb+discover':
    case 'kurrentdb':
    case 'kurrentdb+discover':
      return observed(await openOnEventStoreDb(url, settings), 'eventstoredb', options);
    default:
      throw new EventStoreUnsupported(
        'the event store address must begin with postgres://, postgresql://, esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://, for example postgres://user:password@host:5432/database',
      );
  }
};

/** Loads the client only where it is used: it takes as long to load as everything else that a service needs for its events. */
const openOnEventStoreDb: typeof openEventStoreDb = async (...args) =>
  (await import('./eventstoredb/open.ts')).openEventStoreDb(...args);

const observed = (store: EventStore, system: string, { meter }: OpenEventStoreOptions): EventStore =>
  meter ? new ObservedEventStore(store, system, meter) : store;
