import type { Meter } from '@opentelemetry/api';
import type { EventStoreLog } from '../log.ts';
import type { EventStore } from '../port.ts';
import { serverAt } from './address.ts';
import { Connection } from './connection.ts';
import { EventStoreDbEventStore } from './eventstoredb-event-store.ts';
import { createInstruments } from './instruments.ts';

/** The server's own ceiling for a write is 16 MiB, names and frames included; more breaks the stream of appends. */
const ceiling = 15 * 1024 * 1024;

export const openEventStoreDb = async (
  url: string,
  name: string,
  log: EventStoreLog,
  largestAppend: number,
  meter: Meter | undefined,
): Promise<EventStore> => {
  const server = serverAt(url, name);
  const connection = new Connection(server, log, createInstruments(meter));
  try {
    await connection.link();
  } catch (error) {
    await connection.close();
    throw error;
  }
  log.info({ server: server.shown }, 'the event store is open');
  return new EventStoreDbEventStore(connection, log, Math.min(largestAppend, ceiling));
};
