import { freePort } from '@mission-control/free-ports';
import { GenericContainer, getContainerRuntimeClient, Wait } from 'testcontainers';
import { describe, test } from 'vitest';
import type { Features } from '../conformance/binding.ts';
import {
  type BoundServer,
  eventStoreConformance,
} from '../conformance/event-store-conformance.spec-support.ts';

/** The adapter's own limit; the server must be configured for it. */
const largestAppend = 15 * 1024 * 1024;

const images = [
  'eventstore/eventstore:23.10.0-jammy',
  'eventstore/eventstore:24.10',
  'kurrentplatform/kurrentdb:latest',
];

const skipped = (name: string, reason: string): void => {
  describe(`event store conformance: ${name}`, () => {
    test('the whole suite', ({ skip }) => skip(reason));
  });
};

/** True for a single server without TLS. The URL of a cluster has several addresses. */
const isPlainTcp = (url: string): boolean => URL.canParse(url) && /[?&]tls=false/.test(url);

const given = process.env.EVENTSTOREDB_TEST_URL;
if (given === undefined) {
  skipped('EventStoreDB at EVENTSTOREDB_TEST_URL', 'EVENTSTOREDB_TEST_URL is not set');
} else {
  const features: Features = { plainTcp: isPlainTcp(given), largestAppend };
  eventStoreConformance('EventStoreDB at EVENTSTOREDB_TEST_URL', async () => ({
    binding: { url: given, features },
    release: async () => {},
  }));
}

/** The port is fixed because a restarted container would get another one. */
const startServer = async (image: string): Promise<BoundServer> => {
  const host = await freePort();
  const settings = {
    INSECURE: 'true',
    RUN_PROJECTIONS: 'None',
    // The most that servers accept.
    MAX_APPEND_SIZE: '16767216',
  };
  const product = image.includes('kurrentdb') ? 'KURRENTDB' : 'EVENTSTORE';
  const environment = Object.entries(settings).map(([name, value]) => [`${product}_${name}`, value]);
  const container = await new GenericContainer(image)
    .withEnvironment(Object.fromEntries(environment))
    .withExposedPorts({ container: 2113, host })
    .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCode(204))
    .withStartupTimeout(300_000)
    .start();
  const url = `esdb://${container.getHost()}:${host}?tls=false`;
  const restart = (): Promise<void> => container.restart({ timeout: 0 });
  return {
    binding: { url, features: { plainTcp: true, largestAppend, restart } },
    release: async () => void (await container.stop()),
  };
};

const noDocker = await getContainerRuntimeClient().then(
  () => undefined,
  (error: unknown) => `Docker does not answer: ${error instanceof Error ? error.message : String(error)}`,
);
for (const image of images) {
  if (noDocker !== undefined) {
    skipped(image, noDocker);
    continue;
  }
  // Started before the tests and their deadlines, because the image may have to be fetched.
  const server = await startServer(image);
  eventStoreConformance(image, async () => server);
}
