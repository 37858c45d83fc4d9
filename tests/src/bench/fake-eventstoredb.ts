import { startEventStoreDbFake } from '@mission-control/testing';

/** The fake EventStoreDB as a process of its own, so that it does not share a core's turns with what is measured. */
const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
process.stdout.write(`${fake.url}\n`);
process.once('SIGTERM', () => void fake.stop().then(() => process.exit(0)));
