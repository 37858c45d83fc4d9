import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@mission-control/free-ports';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryRoot } from '../system/repository.ts';
import type { Webhook } from '../system/scene.ts';
import { type RunningSystem, startSystem } from '../system/standalone.ts';
import { describeJobs } from './jobs.spec-support.ts';
import { mcwOf, startMcw } from './mcw.spec-support.ts';
import { describePast } from './past.spec-support.ts';

let system: RunningSystem;
let mcw: ReturnType<typeof mcwOf>;
let folder: string;
let boardId: string;
let webhook: Webhook;
let scope: string[];

const unknown = '0198b1ad-2f6c-4c2e-8f0a-3d1f6a2b9c10';
/** What parsing and writing again would change, and what would disturb a terminal. */
const exact = '{"n":1.10,"n":12345678901234567890,"t":"\u202e\u009b\\u0041\\/","list":[\n1E400 ]}';
const bytes = Buffer.from([0xff, 0x00, 0x1b, 0x5b, 0x32, 0x4a, 0x0a]);

const post = async (body: string | Buffer, type = 'application/json'): Promise<string> => {
  const response = await fetch(`${system.url}${webhook.endpoint_path}`, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });
  expect(response.status).toBe(202);
  const { payload_id } = (await response.json()) as { payload_id: string };
  return payload_id;
};

/** Payloads above the size of a page, and two that are hostile. */
const many = 58;
let payloads: { exact: string; binary: string; all: string[] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mission-control-mcw-'));
  system = await startSystem();
  mcw = mcwOf(system);
  const board = await system.admin.post<{ id: string }>('/api/v1/boards', {
    name: 'Releases',
    slug: 'releases',
  });
  boardId = board.id;
  webhook = await mcw.json<Webhook>(
    ...['webhooks', 'create', '--board', 'releases', '--scheme', 'none', '--description', 'Do\tit'],
  );
  scope = ['--board', 'releases', '--webhook', webhook.id];
  const ids = [];
  for (let n = 0; n < many; n += 1) ids.push(await post(`{"n":${n}}`));
  payloads = {
    exact: await post(exact),
    binary: await post(bytes, 'application/octet-stream'),
    all: ids,
  };
  payloads.all.push(payloads.exact, payloads.binary);
  await waitFor(
    async () =>
      (await system.admin.get<{ total: number }>(`${webhook.endpoint_path}/payloads?status=parked`)).total ===
      payloads.all.length,
  );
});
afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('boards and webhooks', () => {
  it('are listed as a table and as JSON lines', async () => {
    expect(await mcw.text('boards', 'list')).toMatch(
      new RegExp(`^BOARD +SLUG +CREATED +NAME\n${boardId} +releases +\\d{4}-\\S+Z +Releases\n$`),
    );
    expect(await mcw.lines('boards', 'list')).toMatchObject([{ id: boardId, slug: 'releases' }]);
    const table = await mcw.text('webhooks', 'list', '--board', boardId);
    expect(table).toContain(webhook.id);
    expect(table).toContain('Do\\u0009it');
    expect(await mcw.lines('webhooks', 'list', '--board', 'releases')).toEqual([
      await mcw.json('webhooks', 'show', webhook.id, '--board', 'releases'),
    ]);
  });

  it('a webhook is created with a secret from a file, and settings from another; nothing prints the secret', async () => {
    const [secret, settings] = [join(folder, 'secret'), join(folder, 'settings.json')];
    await writeFile(secret, 'a long random secret\n');
    await writeFile(settings, '{"dedupe_window":60,"description":"overridden"}');
    const { code, stdout, stderr } = await mcw.run(
      ...['webhooks', 'create', '--board', 'releases', '--preset', 'github', '--secret-file', secret],
      ...[
        '--settings',
        settings,
        '--description',
        'Given',
        '--allowed-ip',
        '127.0.0.1',
        '10.0.0.0/8',
        '--no-encrypt-content',
        '--disabled',
      ],
    );
    expect([code, stderr]).toEqual([0, '']);
    const [, id = ''] = /^id +(\S+)$/m.exec(stdout.toString()) ?? [];
    expect(stdout.toString()).not.toContain('a long random secret');
    expect(await mcw.json('webhooks', 'show', id, '--board', 'releases')).toMatchObject({
      description: 'Given',
      dedupe_window: 60,
      signature_scheme: 'github',
      has_secret: true,
      allowed_ips: ['127.0.0.1', '10.0.0.0/8'],
      encrypt_content: false,
      enabled: false,
    });
    const rejected = await mcw.run('webhooks', 'test', id, '--board', 'releases');
    expect([rejected.code, rejected.stderr]).toEqual([1, 'test_rejected: The public URL answered 410.\n']);
    expect(rejected.stdout.toString()).toMatch(/^response +410 .*Webhook is disabled/m);
  });

  it('a secret is read from standard input, exactly', async () => {
    const args = [
      'webhooks',
      'create',
      '--board',
      'releases',
      '--description',
      'd',
      '--secret-file',
      '-',
      '--json',
    ];
    const { code, stdout, stderr } = await startMcw(args, {
      env: mcw.env,
      input: 'from a manager of secrets\n',
    });
    expect([code, stderr]).toEqual([0, '']);
    const { id } = JSON.parse(stdout.toString()) as Webhook;
    expect(await mcw.text('webhooks', 'test', id, '--board', 'releases')).toMatch(
      /^response +202 [\s\S]*^AT +WHAT +DETAILS\n[\s\S]* arrived /m,
    );
    const preview = ['webhooks', 'preview', id, '--board', 'releases'];
    const sample = await startMcw([...preview, '--sample', '-', '--header', 'X-GitHub-Event: push'], {
      env: mcw.env,
      input: '{"ref":"main"}',
    });
    expect([sample.code, sample.stderr]).toEqual([0, '']);
    expect(sample.stdout.toString()).toMatch(
      /^WEBHOOK EVENT RECEIVED\n[\s\S]*\nEvent: push \(GitHub\)\nx-github-event: push\n\n\{\n {2}"ref": "main"\n\}\n/,
    );
    const nothing = await mcw.run(...preview);
    expect([nothing.code, nothing.stderr]).toEqual([
      2,
      'validation_failed: The input must have either payload_id or sample.\n',
    ]);
    const none = await mcw.run('webhooks', 'create', '--board', 'releases');
    expect([none.code, none.stderr]).toEqual([2, 'validation_failed: description is missing.\n']);
  });
});

describe('payloads', () => {
  const list = (...args: string[]) => mcw.lines<{ id: string }>('payloads', 'list', ...scope, ...args);

  it('are listed newest first, to a limit or all of them, across pages', async () => {
    const newestFirst = payloads.all.toReversed();
    const ids = async (...args: string[]) => (await list(...args)).map(({ id }) => id);
    expect(await ids()).toEqual(newestFirst.slice(0, 50));
    expect(await ids('--limit', '55')).toEqual(newestFirst.slice(0, 55));
    expect(await ids('--all')).toEqual(newestFirst);
    const { stdout, stderr } = await mcw.run('payloads', 'list', ...scope, '--limit', '3');
    expect(stdout.toString().split('\n')).toHaveLength(5);
    expect(stderr).toBe(`3 of ${newestFirst.length} shown; --all shows all.\n`);
  });

  it('are selected', async () => {
    expect(await list('--search', '12345678901234567890')).toMatchObject([{ id: payloads.exact }]);
    expect(await list('--status', 'handled')).toEqual([]);
    expect(await list('--until', '1h')).toEqual([]);
    expect(await list('--since', '1h', '--status', 'parked', '--all')).toHaveLength(payloads.all.length);
    expect(await mcw.text('payloads', 'list', ...scope, '--status', 'handled')).toMatch(/^PAYLOAD .*\n$/);
  });

  it('are exact in JSON, and byte for byte as raw', async () => {
    const answered = await system.admin.bytes(`${webhook.endpoint_path}/payloads/${payloads.exact}`);
    expect(answered.toString()).toContain(`"payload":${exact},`);
    const shown = await mcw.run('payloads', 'show', payloads.exact, ...scope, '--json');
    expect(shown.stdout.toString()).toBe(`${answered}\n`);
    const listed = await mcw.text('payloads', 'list', ...scope, '--json', '--search', '12345678901234567890');
    expect(listed).toContain(`"payload":${exact.replace('\n', ' ')},`);
    expect(listed.match(/\n/g)).toHaveLength(1);

    const raw = async (...args: string[]) => (await mcw.run('payloads', 'raw', ...scope, ...args)).stdout;
    expect(await raw(payloads.exact, '--arrival', '1')).toEqual(Buffer.from(exact));
    expect(await raw(payloads.binary)).toEqual(bytes);
    const file = join(folder, 'raw');
    expect(await raw(payloads.binary, '--output', file)).toEqual(Buffer.alloc(0));
    expect(await readFile(file)).toEqual(bytes);
    const nowhere = await mcw.run(
      'payloads',
      'raw',
      payloads.exact,
      ...scope,
      '--output',
      join(folder, 'no/raw'),
    );
    expect(nowhere.code).toBe(2);
    expect(nowhere.stderr).toMatch(/^bad_file: .* cannot be written \(ENOENT\)\.\n$/);
  });

  it('are shown for people, told again with a reason, and followed in the timeline', async () => {
    const shown = await mcw.text('payloads', 'show', payloads.exact, ...scope);
    expect(shown).toMatch(/^status +parked since \S+\nreason +no_agent$/m);
    expect(shown.endsWith(`\n\n${exact}\n`)).toBe(true);

    const redelivered = await mcw.text(
      'payloads',
      'redeliver',
      payloads.exact,
      ...scope,
      '--reason',
      'again, please',
    );
    const [, delivery = ''] = /^delivery +(\S+)\n$/.exec(redelivered) ?? [];
    const timeline = await mcw.text('payloads', 'timeline', payloads.exact, ...scope);
    expect(timeline).toMatch(
      new RegExp(`redelivery_requested +delivery_id=${delivery} reason=again, please actor=`),
    );
    const { items } = await mcw.json<{ items: { what: string }[] }>(
      ...['payloads', 'timeline', payloads.exact, ...scope],
    );
    expect(items.map(({ what }) => what)).toContain('redelivery_requested');
  });

  it('end quietly when the reader has enough', async () => {
    const args = ['bin/mcw', 'payloads', 'list', ...scope, '--all', '--json'];
    const child = spawn(process.execPath, args, {
      cwd: `${repositoryRoot}services/cli`,
      env: { ...mcw.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdout.destroy();
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(stderr).toBe('');
  });
});

describe('what fails', () => {
  it('has an exit code, a stable code and a sentence', async () => {
    const token = 'not-a-token-of-this-system';
    const refused = await startMcw(['boards', 'list'], { env: { MCW_URL: system.url, MCW_TOKEN: token } });
    expect([refused.code, refused.stderr]).toEqual([
      4,
      'unauthorized: Send a valid token in the header Authorization: Bearer <token>. The token is not one of this system.\n',
    ]);
    for (const [args, code, message] of [
      [['payloads', 'show', unknown, ...scope], 5, 'payload_not_found: Payload not found.'],
      [['webhooks', 'show', unknown, '--board', 'releases'], 5, 'webhook_not_found: Webhook not found.'],
      [['webhooks', 'list', '--board', unknown], 5, 'board_not_found: Board not found.'],
      [['webhooks', 'list', '--board', 'none'], 5, 'board_not_found: No board has the slug none.'],
    ] as const) {
      const ran = await mcw.run(...args);
      expect([ran.code, ran.stdout.toString()], args.join(' ')).toEqual([code, '']);
      expect(ran.stderr).toContain(message);
    }
    const away = await startMcw(['boards', 'list', '--url', `http://127.0.0.1:${await freePort()}`], {
      env: mcw.env,
    });
    expect(away.code).toBe(3);
    expect(away.stderr).toMatch(/^not_reachable: .* \(ECONNREFUSED\)/);
  });

  it('Ctrl-C ends a command at once, without a word', async () => {
    const asked = Promise.withResolvers<void>();
    const server = createServer(() => asked.resolve()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const stopping = new AbortController();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const running = startMcw(['boards', 'list', '--url', url], {
      env: { MCW_TOKEN: 't' },
      signal: stopping.signal,
    });
    await asked.promise;
    stopping.abort();
    const { code, stdout, stderr } = await running;
    expect([code, stdout.toString(), stderr]).toEqual([130, '', '']);
    server.closeAllConnections();
    server.close();
  });
});

describeJobs(() => ({ system, mcw, scope, payloadId: payloads.all[0] ?? '' }));
describePast(() => ({ system, mcw }));

interface Operation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly schema: { readonly enum?: readonly string[] };
  }[];
}

it('the choices of options are those of the API', async () => {
  const { paths } = await system.admin.get<{ paths: Record<string, Record<string, Operation>> }>(
    '/openapi.json',
  );
  const list = paths['/api/v1/boards/{board_id}/webhooks/{webhook_id}/payloads']?.get;
  const status = list?.parameters?.find(({ name }) => name === 'status')?.schema.enum ?? [];
  expect(status.length).toBeGreaterThan(5);
  const help = (await mcw.text('payloads', 'list', '--help')).replace(/\s+/g, ' ');
  expect(help).toContain(`(choices: ${status.map((one) => `"${one}"`).join(', ')})`);
});
