import { startEventStoreDbFake } from '@mission-control/testing';

/** Runs the fake EventStoreDB as its own process, so that it does not share a thread with what is measured. */
const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
process.stdout.write(`${fake.url}\n`);
process.once('SIGTERM', () => void fake.stop().then(() => process.exit(0)));
