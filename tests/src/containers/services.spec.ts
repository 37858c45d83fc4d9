import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mission-control/free-ports';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminClient } from '../system/admin-client.ts';
import { repositoryRoot } from '../system/repository.ts';
import { answersOk } from '../system/service-process.ts';
import { type AssembledImage, assembleImage } from './assembled.spec-support.ts';
import { composePath, ourServices, readComposeFile, serviceIn } from './compose-file.spec-support.ts';
import { Containers } from './containers.spec-support.ts';
import { commandsBelow, replacedBy, runCommands } from './runbook.spec-support.ts';
import { type Stores, startStores } from './stores.spec-support.ts';

const run = promisify(execFile);

/** Any variable's value is wrong if it is one of these; `anything` names those that every text sets. */
const wrong = '\u2620 -';
const anything = ['HOST', 'MANAGEMENT_HOST', 'MISSION_CONTROL_REVISION'];
/** Read by Node, by its ecosystem or by the OpenTelemetry SDK. */
const foreign = /^(NODE_ENV|OTEL_.*)$/;

let image: AssembledImage;
let stores: Stores;
let containers: Containers;

beforeAll(async () => {
  image = await assembleImage();
  stores = await startStores();
  containers = new Containers(image, stores.secrets);
});
afterAll(async () => {
  await containers?.stop();
  await stores?.stop();
  await image?.remove();
});

describe('a service of docker-compose.yml', () => {
  test.for([...ourServices])('%s reads every variable that it is given', async (name) => {
    const given = Object.keys(containers.environmentOf(name)).filter((variable) => !foreign.test(variable));
    // Images set variables for all services.
    const read = given.filter((variable) => !anything.includes(variable));
    const process = containers.run(name, Object.fromEntries(read.map((variable) => [variable, wrong])));
    expect(await process.exited).toBe(1);
    for (const variable of read) expect(process.output()).toMatch(new RegExp(`^${variable} `, 'm'));
  });

  test.for([...ourServices])('%s refuses to start with placeholders', async (name) => {
    const folder = await mkdtemp(join(tmpdir(), 'mission-control-placeholders-'));
    try {
      const env: Record<string, string> = {};
      for (const [variable, value] of Object.entries(containers.environmentOf(name))) {
        const file = join(folder, variable);
        if (!variable.endsWith('_FILE')) env[variable] = value;
        else await writeFile(file, placeholderOf(variable));
        if (variable.endsWith('_FILE')) env[variable] = file;
      }
      await run('chmod', ['-R', 'a+rX', folder]);
      const process = containers.run(name, env);
      expect(await process.exited).toBe(1);
      const refused = Object.keys(env).filter(
        (variable) => variable.endsWith('_FILE') && variable !== 'INSTALLATION_ID_FILE',
      );
      for (const variable of refused)
        expect(process.output()).toMatch(
          new RegExp(`^${variable.replace(/_FILE$/, '')} contains a placeholder`, 'm'),
        );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const placeholderOf = (variable: string): string => {
  if (variable === 'ENCRYPTION_KEY_FILE') return Buffer.alloc(32, 'change-me').toString('base64');
  if (variable === 'DATABASE_URL_FILE')
    return 'postgres://mission_control:change-me@postgres:5432/mission_control';
  if (variable === 'NATS_URL_FILE') return 'nats://mission_control:change-me@nats:4222';
  if (variable === 'EVENTSTORE_URL_FILE') return 'esdb://admin:change-me@event-store:2113?tls=true';
  return 'change-me-'.repeat(6);
};

describe('the system of docker-compose.yml, as plain processes with its environment', () => {
  test('every service becomes healthy in the order that the file sets', { timeout: 600_000 }, async () => {
    for (const name of startOrder()) {
      const { managementUrl } = await containers.start(name);
      const health = await fetch(`${managementUrl}/healthz`);
      expect(await health.json()).toMatchObject({ status: 'ok', revision: '0123abc' });
    }
    expect([...containers.running.keys()].sort()).toEqual([...ourServices].sort());
  });

  test('the health check of the image tells health, and what a service waits for', async () => {
    const program = join(image.root, 'infra/docker/healthcheck.mjs');
    const { managementUrl = '' } = containers.running.get('relay') ?? {};
    const check = (env: Record<string, string>, ...args: string[]) =>
      run(process.execPath, [program, ...args], { env });
    const { port } = new URL(managementUrl);
    await check({ MANAGEMENT_PORT: port });
    const { stdout } = await check({ MANAGEMENT_PORT: port }, 'readyz');
    expect(JSON.parse(stdout)).toMatchObject({ ready: true });
    await expect(check({ MANAGEMENT_PORT: '1' })).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Port 1 does not answer'),
    });
  });

  /** Sends the demo's deliveries through the system, and follows them to an agent. */
  const deliver = async () => {
    const { command = [] } = serviceIn(readComposeFile(composePath), 'demo');
    const url = containers.running.get('gateway')?.url;
    if (!url) throw new Error('The gateway did not start.');
    const [script = '', ...args] = command.map((argument) =>
      argument
        .replace('http://proxy:8000', url)
        .replace('/run/secrets', stores.secrets)
        .replace('--openclaw-host=demo', '--openclaw-host=localhost'),
    );
    const { stdout } = await run(process.execPath, [join(repositoryRoot, script), ...args]);
    expect(stdout).toContain(`Using the system at ${url}.`);
    expect(stdout).toContain('simulated OpenClaw gateway ws://localhost:');
    expect(stdout.match(/ run_ended .* outcome=ok/g)).toHaveLength(3);
  };

  const admin = async () => {
    const token = (await readFile(join(stores.secrets, 'admin-token'), 'utf8')).trim();
    return new AdminClient(containers.running.get('gateway')?.url ?? '', token);
  };

  test('the demo delivers through it to the agent', { timeout: 600_000 }, deliver);

  test('it goes on after the rotations of tokens and ENCRYPTION_KEY', { timeout: 900_000 }, async () => {
    const before = await admin();
    for (const heading of ['Admin tokens', 'ENCRYPTION_KEY']) {
      for (const commands of commandsBelow('rotate-secrets.md', heading)) {
        const calls = await runCommands(commands, stores.folder);
        for (const name of calls.flatMap(replacedBy)) await containers.replace(name);
        // A token that is about to be dropped still works.
        if (commands.includes('next=%s'))
          expect((await before.call('GET', '/api/v1/boards')).status).toBe(200);
      }
    }
    expect((await before.call('GET', '/api/v1/boards')).status).toBe(401);
    expect(await readFile(join(stores.secrets, 'encryption-key'), 'utf8')).not.toContain(',');
    await deliver();
  });

  test('a gateway takes the largest limit of payloads that the documentation allows', async () => {
    const page = await readFile(join(repositoryRoot, 'docs/operations/install.md'), 'utf8');
    const [, largest = ''] = /`WEBHOOK_MAX_PAYLOAD_BYTES` may be up to ([\d,]+)/.exec(page) ?? [];
    const management = await freePort();
    const gateway = containers.run('gateway', {
      ...containers.environmentOf('gateway'),
      PORT: String(await freePort()),
      MANAGEMENT_PORT: String(management),
      WEBHOOK_MAX_PAYLOAD_BYTES: largest.replaceAll(',', ''),
    });
    await answersOk(`http://127.0.0.1:${management}/readyz`, 180_000);
    await gateway.stop();
    expect(gateway.output()).not.toContain('"level":50');
  });

  test('dropped read models are built again, as going back to an older version needs', {
    timeout: 600_000,
  }, async () => {
    const path = '/api/v1/boards';
    const before = await (await admin()).get<{ total: number }>(path);
    expect(before.total).toBeGreaterThan(0);
    const page = await readFile(join(repositoryRoot, 'docs/operations/upgrade.md'), 'utf8');
    const [, sql = ''] = /psql -q -U mission_control -c '([^']+)'/.exec(page) ?? [];
    const client = new pg.Client({ connectionString: stores.databaseUrl });
    await client.connect();
    await client.query(sql);
    await client.end();
    for (const name of ['projector', 'admin-api']) await containers.replace(name);
    expect(await (await admin()).get(path)).toEqual(before);
  });

  test('every service stops cleanly within the time that Compose gives it', async () => {
    expect(await containers.stop()).toEqual(Object.fromEntries(ourServices.map((name) => [name, 0])));
  });
});

/** Our services, each after those that it waits for. */
const startOrder = (): string[] => {
  const file = readComposeFile(composePath);
  const order: string[] = [];
  const visit = (name: string): void => {
    if (order.includes(name)) return;
    for (const before of Object.keys(serviceIn(file, name).depends_on ?? {})) visit(before);
    order.push(name);
  };
  ourServices.forEach(visit);
  return order.filter((name) => ourServices.some((one) => one === name));
};
