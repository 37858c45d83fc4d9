import { END, EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';
import { openEventStore } from '@mission-control/event-store';

/**
 * A process with a subscription whose filter passes nothing: `node idle-subscriber.js <url> adapter`, or with the official client alone,
 * `<url> <events that the server considers between two checkpoints>`. Prints `ready` when the subscription has begun.
 */
const [url = '', how = 'adapter'] = process.argv.slice(2);
const nothing = 'bench_nothing-';

if (how === 'adapter') {
  const store = await openEventStore(url);
  let isReady = false;
  for await (const message of store.subscribeToAll({
    from: 'end',
    filter: { streamPrefixes: [nothing] },
    name: 'idle',
  })) {
    if (isReady || message.kind !== 'caught_up') continue;
    isReady = true;
    process.stdout.write('ready\n');
  }
} else {
  const client = EventStoreDBClient.connectionString(url);
  const filter = streamNameFilter({
    prefixes: [nothing],
    maxSearchWindow: Number(how),
    checkpointInterval: 1,
    checkpointReached: () => {},
  });
  const subscription = client.subscribeToAll({ fromPosition: END, filter });
  subscription.on('confirmation', () => process.stdout.write('ready\n'));
  subscription.on('error', (error) => {
    throw error;
  });
}
