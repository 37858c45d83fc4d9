import { openEventStore } from '@mission-control/event-store';
import { appendSingly } from './events.ts';

/** One of several processes that append concurrently. Waits for a line on standard input, then prints its events per second. */
const [url = '', amount = '0', inFlight = '1'] = process.argv.slice(2);
const store = await openEventStore(url);
process.stdout.write('ready\n');
process.stdin.once('data', async () => {
  const rate = await appendSingly(store, { amount: Number(amount), inFlight: Number(inFlight) });
  process.stdout.write(`rate ${rate}\n`);
  await store.close();
  process.exit(0);
});
