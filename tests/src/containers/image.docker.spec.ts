import { randomBytes } from 'node:crypto';
import { KurrentDbContainer } from '@testcontainers/kurrentdb';
import { NatsContainer } from '@testcontainers/nats';
import { PostgreSqlContainer } from '@testcontainers/postgresql';
import {
  GenericContainer,
  Network,
  type StartedNetwork,
  type StartedTestContainer,
  Wait,
} from 'testcontainers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { composePath, ourServices, readComposeFile, serviceIn } from './compose-file.spec-support.ts';
import { buildImage, docker, imageTag, noDocker } from './docker.spec-support.ts';

const missing = await noDocker();
const file = readComposeFile(composePath);
const started: { stop: () => Promise<unknown> }[] = [];
let network: StartedNetwork;

describe('the image in containers', { timeout: 1_800_000 }, () => {
  beforeEach(({ skip }) => missing !== null && skip(missing));
  beforeAll(async () => {
    if (missing !== null) return;
    await buildImage();
    network = await new Network().start();
  }, 1_800_000);
  afterAll(async () => {
    for (const one of started.reverse()) await one.stop();
    await network?.stop();
  });

  test('is labelled, and runs as an unprivileged user', async () => {
    const [image] = JSON.parse(await docker(['image', 'inspect', imageTag])) as {
      Config: { User: string; Labels: Record<string, string>; Healthcheck: { Test: string[] } };
    }[];
    expect(image?.Config.User).toBe('10001:10001');
    expect(image?.Config.Labels).toMatchObject({
      'org.opencontainers.image.revision': '0123abc',
      'org.opencontainers.image.source': 'https://source.test',
      'org.opencontainers.image.licenses': 'MIT',
    });
    expect(image?.Config.Healthcheck.Test).toContain('healthz');
  });

  test('prints version and revision of each service', async () => {
    for (const name of ourServices) {
      const program = `services/${name}/dist/main.js`;
      expect(await docker(['run', '--rm', '--read-only', imageTag, program, '--version'])).toMatch(
        new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(revision 0123abc\\)$`),
      );
    }
  });

  test('has no package manager and no compiler', async () => {
    const find = 'for p in npm npx yarn pnpm corepack tsc gcc make; do command -v $p; done; true';
    expect(await docker(['run', '--rm', '--entrypoint=/bin/sh', imageTag, '-c', find])).toBe('');
  });

  test('every service becomes ready on KurrentDB, Postgres and NATS', async () => {
    const imageOf = (name: string) => serviceIn(file, name).image;
    const [kurrentdb, postgres, nats] = await Promise.all([
      new KurrentDbContainer(imageOf('event-store'))
        .withEnvironment({
          KURRENTDB_RUN_PROJECTIONS: 'None',
          KURRENTDB_START_STANDARD_PROJECTIONS: 'false',
          KURRENTDB_MAX_APPEND_SIZE: '16767216',
        })
        .withNetwork(network)
        .withNetworkAliases('event-store')
        .start(),
      new PostgreSqlContainer(imageOf('postgres'))
        .withNetwork(network)
        .withNetworkAliases('postgres')
        .start(),
      new NatsContainer(imageOf('nats'))
        .withJetStream()
        .withNetwork(network)
        .withNetworkAliases('nats')
        .start(),
    ]);
    started.push(kurrentdb, postgres, nats);
    const credentials = nats.getConnectionOptions();
    const env = {
      EVENTSTORE_URL: 'kurrentdb://event-store:2113?tls=false',
      DATABASE_URL: `postgres://${postgres.getUsername()}:${postgres.getPassword()}@postgres:5432/${postgres.getDatabase()}`,
      NATS_URL: `nats://${credentials.user}:${credentials.pass}@nats:4222`,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      LOCAL_AUTH_TOKEN: randomBytes(32).toString('hex'),
      BASE_URL: 'http://gateway:8000',
      ADMIN_API_URL: 'http://admin-api:8001',
    };
    const ready: string[] = [];
    for (const name of ['projector', 'admin-api', 'relay', 'notifier', 'steward', 'gateway']) {
      const container: StartedTestContainer = await new GenericContainer(imageTag)
        .withCommand([`services/${name}/dist/main.js`])
        .withEnvironment(env)
        .withNetwork(network)
        .withNetworkAliases(name)
        .withHealthCheck({
          test: ['CMD', 'node', '/app/infra/docker/healthcheck.mjs', 'readyz'],
          interval: 2_000,
          timeout: 5_000,
          retries: 60,
        })
        .withWaitStrategy(Wait.forHealthCheck())
        .withStartupTimeout(300_000)
        .start();
      started.push(container);
      ready.push(name);
    }
    expect(ready.sort()).toEqual([...ourServices].sort());
  });
});
