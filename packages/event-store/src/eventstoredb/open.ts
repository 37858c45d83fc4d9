import type { OpenSettings } from '../options.ts';
import type { EventStore } from '../port.ts';
import { serverAt } from './address.ts';
import { probeLargestEvent } from './append-probe.ts';
import { AppendQueue } from './append-queue.ts';
import { Connection } from './connection.ts';
import { EventStoreDbEventStore } from './eventstoredb-event-store.ts';
import { lastPosition } from './log-head.ts';
import { createEventStoreMetrics } from './metrics.ts';

/** The server's own limit for a write is 16 MiB, names and frames included. A larger write breaks the stream of appends. */
const ceiling = 15 * 1024 * 1024;

export const openEventStoreDb = async (
  url: string,
  { name, log, largestAppend, largestEvent, meter }: OpenSettings,
): Promise<EventStore> => {
  const server = serverAt(url, name);
  const connection = new Connection(server, log, createEventStoreMetrics(meter));
  const largest = Math.min(largestAppend, ceiling);
  const queue = new AppendQueue(connection, log);
  try {
    // By default only administrators may read the whole log. Fail now rather than at the first read.
    await connection.use((link) => lastPosition(connection, link));
    if (largestEvent !== undefined) await probeLargestEvent(queue, largestEvent, largest);
  } catch (error) {
    await connection.close();
    throw error;
  }
  connection.opened = true;
  log.info({ server: server.printableAddress }, 'the event store is open');
  return new EventStoreDbEventStore(connection, queue, log, largest, meter);
};
