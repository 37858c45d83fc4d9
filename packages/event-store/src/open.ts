import { EventStoreUnsupported } from './errors.ts';
import { type EventStoreLog, silentLog } from './log.ts';
import type { EventStore } from './port.ts';
import { openPostgresEventStore } from './postgres/open.ts';

export interface OpenEventStoreOptions {
  /** Shown by the server beside the connections. */
  readonly name?: string;
  readonly log?: EventStoreLog;
  /** Most bytes of data and metadata in one append; default 64 MiB. */
  readonly largestAppend?: number;
}

const schemeOf = /^([a-z][a-z0-9+.-]*):\/\//i;

/**
 * Opens the event store that the URL names: `postgres://` or `postgresql://`, with `?schema=` for another schema than
 * `eventstore`. Creates what is missing there.
 * @throws EventStoreUnsupported, EventStoreAccessDenied, EventStoreUnavailable
 */
export const openEventStore = async (
  url: string,
  options: OpenEventStoreOptions = {},
): Promise<EventStore> => {
  const { name = 'mission-control', log = silentLog, largestAppend = 64 * 1024 * 1024 } = options;
  switch (schemeOf.exec(url)?.[1]?.toLowerCase()) {
    case 'postgres':
    case 'postgresql':
      return openPostgresEventStore(url, name, log, largestAppend);
    default:
      throw new EventStoreUnsupported(
        'the event store address must begin with postgres:// or postgresql://, for example postgres://user:password@host:5432/database',
      );
  }
};
