import { randomBytes } from 'node:crypto';
import { freePorts } from '@mission-control/free-ports';
import { startEventStoreDbFake, waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EventStoreServer,
  type Installation,
  startInstallation,
} from '../system/installation.spec-support.ts';
import { startRestartablePostgres } from '../system/restartable-postgres.spec-support.ts';
import { type Service, startService } from '../system/service.spec-support.ts';

/** Of a warning, in the log. */
const warning = 40;

const startEventStoreDb = async (): Promise<EventStoreServer> => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 4 * 1024 * 1024 });
  return { url: fake.url, kill: () => fake.kill(), start: () => fake.restart(), stop: () => fake.stop() };
};

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** Whether each check that was said to fail was said to pass again. Services that wait for each other at the start may say both. */
const isSettled = (service: Service): boolean => {
  const lines = (pattern: RegExp) => service.output().match(pattern)?.length ?? 0;
  return lines(/"msg":"check \w+ fails/g) === lines(/"msg":"check \w+ passes again/g);
};

describe.each([
  { name: 'Postgres', start: startRestartablePostgres },
  { name: 'EventStoreDB (fake server)', start: startEventStoreDb },
])('what an operator reads in the logs, on $name', ({ start }) => {
  let eventStore: EventStoreServer;
  let installation: Installation;
  let services: readonly Service[];

  beforeAll(async () => {
    eventStore = await start();
    installation = await startInstallation({ eventStore });
    services = Object.values(installation.services);
    await waitFor(() => services.every(isSettled), { timeout: 200_000, pause: 100 });
  });
  afterAll(async () => {
    await installation?.stop();
    await eventStore?.stop();
  });

  /** The lines of a service from a place in its output on. */
  const linesOf = (service: Service, from: number): Line[] =>
    service
      .output()
      .slice(from)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);

  const places = () => services.map((service) => [service, service.output().length] as const);

  const poll = async (times: number) => {
    for (let n = 0; n < times; n += 1) await Promise.all(services.map(({ readiness }) => readiness()));
  };

  /** What each service has logged since, at the default level. */
  const readSince = (before: ReturnType<typeof places>) =>
    before.map(([service, from]) => ({ name: service.name, lines: linesOf(service, from) }));

  const everyServiceSays = async (before: ReturnType<typeof places>, text: string) => {
    for (const [service, from] of before)
      await waitFor(
        () => {
          const said = service.output().slice(from);
          if (!said.includes(text)) throw new Error(`${service.name} does not say "${text}", but:\n${said}`);
          return true;
        },
        { timeout: 240_000, pause: 100 },
      );
  };

  it('nothing about who asks whether a service is ready', async () => {
    const before = places();
    await poll(20);
    for (const { name, lines } of readSince(before)) expect(lines, name).toEqual([]);
  }, 300_000);

  it('one line when the event store goes away, and one when it is back, with how long and how often', async () => {
    const before = places();
    await eventStore.kill();
    await everyServiceSays(before, 'check event_store fails');
    // The admin API on Postgres reads only on request, so the check alone notices. A reader elsewhere may look only after some seconds.
    const reading = before.filter(([{ name }]) => name !== 'admin-api');
    await everyServiceSays(reading, 'lost the event store');
    await poll(20);
    await eventStore.start();
    await everyServiceSays(before, 'check event_store passes again');
    await Promise.all(services.map((service) => service.ready()));
    // A reader may still wait for its next attempt.
    const noticed = before.filter(
      ([service, from]) =>
        service.name !== 'admin-api' || service.output().slice(from).includes('lost the event store'),
    );
    await everyServiceSays(noticed, 'the event store is back');
    for (const { name, lines } of readSince(before)) {
      const about = (text: string) => lines.filter(({ msg }) => msg.includes(text));
      const readers = noticed.some(([service]) => service.name === name) ? 1 : 0;
      expect(about('lost the event store'), name).toHaveLength(readers);
      expect(about('the event store is back'), name).toHaveLength(readers);
      for (const { seconds, retries } of about('the event store is back'))
        expect([seconds, retries], name).toEqual([expect.any(Number), expect.any(Number)]);
      expect(about('check event_store fails'), name).toHaveLength(1);
      expect(about('check event_store passes again'), name).toEqual([
        expect.objectContaining({ seconds: expect.any(Number) }),
      ]);
      // The gateway also says that the admin API cannot do without the store, and a projector that a projection is catching up, if a busy
      // machine makes that take long enough to be seen.
      const expected = /event.store|check admin_api|check projection_\w+ (fails: catching up|passes again)/;
      expect(
        lines.map(({ msg }) => msg).filter((msg) => !expected.test(msg)),
        name,
      ).toEqual([]);
    }
  }, 300_000);

  it('no warning at a normal stop', async () => {
    const before = places();
    await Promise.all(services.map((service) => service.stop()));
    for (const { name, lines } of readSince(before)) {
      expect(
        lines.filter(({ level }) => level >= warning),
        name,
      ).toEqual([]);
      expect(lines.at(-1)?.msg, name).toBe('stopped');
    }
  }, 300_000);
});

it('one warning when the event store does not take events of the size that the gateway accepts', async () => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 100_000 });
  const [port = 0, managementPort = 0] = await freePorts(2);
  const gateway = startService('gateway', {
    port,
    managementPort,
    env: {
      EVENTSTORE_URL: fake.url,
      CONTENT_ENCRYPTION: 'false',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ADMIN_API_URL: 'http://127.0.0.1:9',
      LOG_LEVEL: 'debug',
    },
  });
  const attempts = () =>
    gateway
      .output()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)
      .filter(({ msg }) => msg.startsWith('cannot use the event store'));
  try {
    await waitFor(
      async () => {
        await gateway.readiness();
        return attempts().length >= 4;
      },
      { timeout: 240_000, pause: 100 },
    );
    expect(attempts().filter(({ level }) => level === warning)).toHaveLength(1);
    expect(attempts()[0]?.reason).toContain('MaxAppendSize');
  } finally {
    await gateway.stop();
    await fake.stop();
  }
}, 300_000);
