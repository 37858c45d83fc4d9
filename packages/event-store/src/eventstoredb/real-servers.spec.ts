import { execFileSync } from 'node:child_process';
import { GenericContainer, Wait } from 'testcontainers';
import { describe, it } from 'vitest';
import { eventStoreConformance } from '../conformance/event-store-conformance.ts';

const givenUrl = process.env.EVENTSTOREDB_TEST_URL;
const images = [
  'eventstore/eventstore:23.10',
  'eventstore/eventstore:24.10',
  'kurrentplatform/kurrentdb:latest',
] as const;
const maxAppendSize = 4 * 1024 * 1024;

const withoutDocker = (() => {
  try {
    execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 5_000 });
    return null;
  } catch {
    return 'no Docker engine answers';
  }
})();

const skipped = (name: string, reason: string) =>
  describe(`event store conformance: ${name}`, () => {
    it('the suite', ({ skip }) => skip(reason));
  });

if (givenUrl) {
  eventStoreConformance('the server given', async () => ({
    binding: { url: givenUrl, features: { plainTcp: false, largestAppend: 1024 * 1024 } },
    release: async () => {},
  }));
} else {
  skipped('the server given', 'EVENTSTOREDB_TEST_URL is not set');
}

for (const image of images) {
  if (withoutDocker !== null) {
    skipped(image, withoutDocker);
    continue;
  }
  eventStoreConformance(image, async () => {
    const settings = { INSECURE: 'true', MEM_DB: 'false', MAX_APPEND_SIZE: String(maxAppendSize) };
    const container = await new GenericContainer(image)
      .withExposedPorts(2113)
      .withEnvironment(
        Object.fromEntries(
          Object.entries(settings).flatMap(([name, value]) => [
            [`EVENTSTORE_${name}`, value],
            [`KURRENTDB_${name}`, value],
          ]),
        ),
      )
      .withWaitStrategy(Wait.forHttp('/health/live', 2113).forStatusCodeMatching((status) => status < 300))
      .withStartupTimeout(120_000)
      .start();
    const url = `esdb://${container.getHost()}:${container.getMappedPort(2113)}?tls=false`;
    return {
      binding: { url, features: { plainTcp: true, largestAppend: maxAppendSize } },
      release: async () => {
        await container.stop();
      },
    };
  });
}
