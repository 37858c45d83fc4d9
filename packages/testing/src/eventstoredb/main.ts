import { parseArgs } from 'node:util';
import { costsOf24_6 } from './server/server-time.ts';
import { startEventStoreDbFake } from './start.ts';

/** Runs the server as its own process until SIGINT or SIGTERM. Prints its URL. */
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    file: { type: 'string' },
    /** Costs as much time as EventStoreDB 24.6. */
    'costs-of-24-6': { type: 'boolean', default: false },
    'max-append-size': { type: 'string', default: String(4 * 1024 * 1024) },
  },
});

const fake = await startEventStoreDbFake({
  port: Number(values.port),
  maxAppendSize: Number(values['max-append-size']),
  ...(values['costs-of-24-6'] && { costs: costsOf24_6 }),
  ...(values.file !== undefined && { file: values.file }),
});
console.log(fake.url);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void fake.stop());
