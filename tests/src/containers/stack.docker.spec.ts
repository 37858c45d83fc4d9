import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '@mission-control/free-ports';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AdminClient } from '../system/admin-client.ts';
import { repositoryRoot } from '../system/repository.ts';
import { answersOk } from '../system/service-process.ts';
import { ourServices } from './compose-file.spec-support.ts';
import { docker, noDocker } from './docker.spec-support.ts';

const missing = await noDocker();
const minute = 60_000;

let folder: string;
let url: string;
let env: Record<string, string>;

const compose = (...args: string[]): Promise<string> => docker(['compose', ...args], env);

interface ContainerState {
  readonly Service: string;
  readonly ID: string;
  readonly Health: string;
}

const containers = async (): Promise<ContainerState[]> =>
  (await compose('ps', '--format=json'))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ContainerState);

const restartsOf = async ({ ID }: ContainerState): Promise<number> =>
  Number(await docker(['inspect', '--format={{.RestartCount}}', ID]));

/** kill -9 of the service below the container's init. `docker kill` would count as a wish that it stays away. */
const killService = `
  const fs = require('node:fs');
  for (const pid of fs.readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name) && name !== '1')) {
    if (Number(pid) === process.pid) continue;
    try {
      if (fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('dist/main.js')) process.kill(Number(pid), 'SIGKILL');
    } catch {}
  }`;

describe('docker compose up', { timeout: 30 * minute }, () => {
  beforeEach(({ skip }) => missing !== null && skip(missing));
  beforeAll(async () => {
    if (missing !== null) return;
    folder = await mkdtemp(join(tmpdir(), 'mission-control-stack-'));
    const secrets = join(folder, 'secrets');
    await promisify(execFile)('sh', [join(repositoryRoot, 'infra/docker/generate-secrets.sh'), secrets]);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    env = {
      COMPOSE_PROJECT_NAME: `mission-control-test-${process.pid}`,
      SECRETS_DIR: secrets,
      HTTP_PORT: String(port),
      HTTPS_PORT: String(await freePort()),
    };
    await compose('up', '--build', '--detach', '--wait', '--scale=gateway=3', '--scale=notifier=2');
  }, 30 * minute);
  afterAll(async () => {
    if (missing !== null) return;
    await compose('--profile=demo', 'down', '--volumes', '--remove-orphans');
    await rm(folder, { recursive: true });
  }, 5 * minute);

  test('everything is healthy, three gateways and two notifiers among them', async () => {
    const all = await containers();
    const ours = all.filter(({ Service }) => ourServices.some((name) => name === Service));
    expect(ours).toHaveLength(9);
    for (const { Service, Health } of ours) expect(`${Service} ${Health}`).toBe(`${Service} healthy`);
    await answersOk(`${url}/readyz`, minute);
  });

  test('the demo passes', async () => {
    const output = await compose('--profile=demo', 'run', '--rm', '--build', '--use-aliases', 'demo');
    expect(output.match(/ run_ended .* outcome=ok/g)).toHaveLength(3);
  });

  test('a sender has its own address, not that of the proxy', async () => {
    const admin = new AdminClient(url, (await readFile(join(folder, 'secrets/admin-token'), 'utf8')).trim());
    const board = await admin.post<{ id: string }>('/api/v1/boards', { name: 'Addresses' });
    const webhook = await admin.post<{ endpoint_path: string }>(`/api/v1/boards/${board.id}/webhooks`, {
      description: 'Addresses',
      signature_scheme: 'none',
    });
    const claimed = '203.0.113.7';
    const response = await fetch(`${url}${webhook.endpoint_path}`, {
      method: 'POST',
      body: '{}',
      headers: { 'x-forwarded-for': claimed },
    });
    expect(response.status).toBe(202);
    const { payload_id } = (await response.json()) as { payload_id: string };
    await expect
      .poll(async () => (await admin.call('GET', `${webhook.endpoint_path}/payloads/${payload_id}`)).status)
      .toBe(200);
    const { source_ip } = await admin.get<{ source_ip: string }>(
      `${webhook.endpoint_path}/payloads/${payload_id}`,
    );
    expect(source_ip).not.toBe(claimed);
    expect(source_ip).not.toMatch(/^172\.30\.231\./);
  });

  test.for([...ourServices])('%s comes back after kill -9', async (name) => {
    const [before] = (await containers()).filter(({ Service }) => Service === name);
    if (!before) throw new Error(`${name} has no container.`);
    const restarts = await restartsOf(before);
    await docker(['exec', before.ID, 'node', '-e', killService]);
    await expect.poll(() => restartsOf(before), { timeout: 5 * minute }).toBeGreaterThan(restarts);
    await expect
      .poll(async () => (await containers()).find(({ ID }) => ID === before.ID)?.Health, {
        timeout: 5 * minute,
      })
      .toBe('healthy');
    await answersOk(`${url}/readyz`, minute);
  });

  test('the scavenger starts a scavenge', async () => {
    const answer = await compose('exec', '-T', 'scavenger', 'sh', '/scavenge.sh', '--once');
    expect(answer).toContain('scavenge started');
  });
});
