import { parseArgs } from 'node:util';
import { EventStoreError } from '../errors.ts';
import { openEventStore } from '../open.ts';
import type { EventStore } from '../port.ts';
import type { ConformanceBinding } from './binding.ts';
import { report } from './report.ts';
import { ServerProxy } from './server-proxy.ts';

const usage = `Runs the event store suite against a server and prints what holds.

  npm run conformance -- --url <event store URL> [--prefix <prefix>] [--only <text>] [--largest-append <bytes>]

  --url             the event store; default: EVENTSTORE_URL
  --prefix          the installation's prefix; default: EVENTSTORE_PREFIX, or none
  --only            only cases whose paragraph or name contains the text
  --largest-append  maximum bytes that the server accepts in one append (default 64 MiB)

The suite uses separate streams, named conformance_…, and tombstones them at the end: their content is erased, their
positions stay in the log.`;

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    prefix: { type: 'string', default: process.env.EVENTSTORE_PREFIX ?? '' },
    only: { type: 'string', default: '' },
    'largest-append': { type: 'string', default: String(64 * 1024 * 1024) },
    help: { type: 'boolean', short: 'h', default: false },
  },
});

/** Whether a proxy that counts bytes and breaks can be placed in front of the server. */
const canBeProxied = async (url: string): Promise<boolean> => {
  const proxy = await ServerProxy.to(url).catch(() => undefined);
  if (proxy === undefined) return false;
  try {
    await (await openEventStore(proxy.url)).close();
    return true;
  } catch {
    return false;
  } finally {
    proxy.close();
  }
};

const run = async (url: string): Promise<number> => {
  let store: EventStore;
  try {
    store = await openEventStore(url, { name: 'conformance', prefix: values.prefix });
  } catch (error) {
    if (!(error instanceof EventStoreError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    return 2;
  }
  const binding: ConformanceBinding = {
    url,
    prefix: values.prefix,
    features: {
      plainTcp: await canBeProxied(url),
      listsClients: url.startsWith('postgres'),
      largestAppend: Number(values['largest-append']),
    },
  };
  const failed = await report(store, binding, values.only);
  await store.close();
  return failed === 0 ? 0 : 1;
};

const url = values.url ?? process.env.EVENTSTORE_URL;
if (values.help || url === undefined) {
  console.log(usage);
  process.exitCode = values.help ? 0 : 2;
} else {
  process.exitCode = await run(url);
}
