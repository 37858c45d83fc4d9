import { costsOf24_6, startEventStoreDbFake } from '@mission-control/testing';

/** Runs the fake EventStoreDB as its own process, so that it does not share a thread with what is measured. It takes as much time as 24.6. */
const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024, costs: costsOf24_6 });
process.stdout.write(`${fake.url}\n`);
process.once('SIGTERM', () => void fake.stop().then(() => process.exit(0)));
