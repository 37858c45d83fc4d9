import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Webhook } from '../system/scene.ts';
import type { RunningSystem } from '../system/standalone.ts';
import { followMcw, type mcwOf, startMcw } from './mcw.spec-support.ts';

type Running = () => { readonly system: RunningSystem; readonly mcw: ReturnType<typeof mcwOf> };

interface Event {
  readonly id: string;
  readonly type: string;
  readonly position: string;
  readonly stream: string;
}

/** The commands about what was recorded, on a running system. */
export const describePast = (running: Running): void => {
  describe('the past', () => {
    let webhook: Webhook;
    let payloadId: string;
    let folder: string;
    const file = (name: string) => join(folder, name);
    const body = '{"order":7}';
    const board = ['--board', 'releases'];
    const eventsOf = (...args: string[]) =>
      running().mcw.lines<Event>('events', 'list', '--resource', `webhook:${webhook.id}`, ...args);

    beforeAll(async () => {
      const { mcw, system } = running();
      folder = await mkdtemp(join(tmpdir(), 'mission-control-mcw-'));
      webhook = await mcw.json<Webhook>(
        ...['webhooks', 'create', ...board, '--scheme', 'none', '--description', 'First'],
      );
      await system.admin.patch(webhook.endpoint_path, { description: 'Second' });
      const response = await fetch(`${system.url}${webhook.endpoint_path}`, {
        method: 'POST',
        body,
        headers: { prefer: 'receipt' },
      });
      payloadId = ((await response.json()) as { payload_id: string }).payload_id;
      await writeFile(file('receipt'), `x-payload-receipt: ${response.headers.get('x-payload-receipt')}\n`);
      await writeFile(file('body'), body);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('events are listed and shown', async () => {
      const { mcw } = running();
      const [updated, ...others] = await eventsOf('--type', 'WebhookUpdated', '--actor', 'admin');
      expect(others).toEqual([]);
      expect(await mcw.json('events', 'show', updated?.id ?? '')).toMatchObject({
        type: 'WebhookUpdated',
        data: { description: 'Second' },
      });
      expect(await mcw.text('events', 'list', '--stream', `webhook-${webhook.id}`)).toMatch(
        /^EVENT +RECORDED +ACTOR +TYPE +STREAM\n.* admin:\S+ +WebhookCreated +webhook-.*\n.* WebhookUpdated /,
      );
    });

    it('events are followed until Ctrl-C', async () => {
      const { mcw } = running();
      const tail = followMcw(
        ['events', 'tail', '--since', '1h', '--resource', `webhook:${webhook.id}`, '--json'],
        mcw.env,
      );
      const seen = () =>
        tail
          .output()
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Event);
      const updates = () => seen().filter(({ type }) => type === 'WebhookUpdated').length;
      await waitFor(() => updates() === 1);
      await running().system.admin.patch(webhook.endpoint_path, { description: 'Third' });
      await waitFor(() => updates() === 2);
      expect(await tail.interrupt()).toEqual({ code: 130, stderr: '' });
      const ids = seen().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
    });

    it('events are followed from now on', async () => {
      const tail = followMcw(['events', 'tail', '--type', 'BoardCreated'], running().mcw.env);
      await waitFor(async () => {
        await running().system.admin.post('/api/v1/boards', { name: 'Another' });
        return / BoardCreated +board-/.test(tail.output());
      });
      expect(await tail.interrupt()).toEqual({ code: 130, stderr: '' });
    });

    it('a trail lists what is connected with a resource', async () => {
      const trail = await running().mcw.lines<Event>('audit', 'trail', 'payload', payloadId);
      expect(trail[0]).toMatchObject({
        type: 'WebhookPayloadReceived',
        stream: `payloads-${webhook.id}`,
      });
    });

    it('resources are shown, and listed, as they were', async () => {
      const { mcw } = running();
      const [created] = await eventsOf('--type', 'WebhookCreated');
      const position = created?.position ?? '';
      const shown = await mcw.run('as-of', position, 'webhook', webhook.id, ...board, '--json');
      expect(shown.code).toBe(0);
      expect(JSON.parse(shown.stdout.toString())).toMatchObject({ id: webhook.id, description: 'First' });
      expect(shown.stderr).toBe(`As of ${position}.\n`);
      const listed = await mcw.lines<Webhook>('as-of', position, 'webhook', ...board, '--all');
      expect(listed.find(({ id }) => id === webhook.id)).toMatchObject({ description: 'First' });
      expect(await mcw.text('as-of', position, 'board', 'releases')).toMatch(/^slug +releases$/m);
      expect(await mcw.text('as-of', position, 'board')).toMatch(/^ID +CREATED +NAME\n/);
      expect(await mcw.lines('as-of', position, 'agent', ...board)).toEqual([]);
      expect(await mcw.text('as-of', position, 'gateway')).toMatch(/^ID +CREATED +NAME\n/);
      const [arrived] = await eventsOf('--type', 'WebhookPayloadReceived');
      const payload = ['payload', payloadId, ...board, '--webhook', webhook.id];
      expect(await mcw.json('as-of', arrived?.position ?? '', ...payload)).toMatchObject({ id: payloadId });

      for (const [args, code, message] of [
        [['2h', 'webhook', webhook.id], 2, 'no_board: A webhook needs --board.'],
        [['2h', 'payload', ...board, '--webhook', webhook.id], 2, 'no_id: A payload needs its id.'],
        [['2h', 'agent', 'Ada'], 2, 'bad_id: Ada is not an id (a UUID).'],
        [['9999-01-01', 'board', 'releases'], 2, 'as_of_in_future: '],
        [[position, ...payload], 5, 'payload_not_found: '],
      ] as const) {
        const ran = await mcw.run('as-of', ...args);
        expect([ran.code, ran.stdout.toString()], args.join(' ')).toEqual([code, '']);
        expect(ran.stderr).toContain(message);
      }
    });

    it('a receipt is verified by anyone, and by nobody after it was changed', async () => {
      const { url } = running().system;
      const verify = (name: string, ...args: string[]) =>
        startMcw(['receipts', 'verify', file(name), ...args], { env: { MCW_URL: url, DATA_DIR: folder } });
      const valid = await verify('receipt', '--body', file('body'), '--json');
      expect([valid.code, valid.stderr]).toEqual([0, '']);
      const result = JSON.parse(valid.stdout.toString());
      expect(result).toMatchObject({ verified: true, payload_id: payloadId, webhook_id: webhook.id });

      const key = await fetch(`${url}/api/v1/receipt-keys/${result.key_id}`);
      await writeFile(file('key.pem'), await key.text());
      const offline = await startMcw(['receipts', 'verify', '-', '--key', file('key.pem')], {
        input: await readFile(file('receipt'), 'utf8'),
      });
      expect([offline.code, offline.stderr]).toEqual([0, '']);
      expect(offline.stdout.toString()).toMatch(/^verified +true\nkey_id +/);

      const [head = '', claims = '', signature = ''] = (await readFile(file('receipt'), 'utf8'))
        .replace('x-payload-receipt: ', '')
        .trim()
        .split('.');
      const other = Buffer.from(claims, 'base64url').toString().replace(payloadId, webhook.id);
      const encoded = (text: string) => Buffer.from(text).toString('base64url');
      await writeFile(file('changed'), [head, encoded(other), signature].join('.'));
      const unknown = Buffer.from(head, 'base64url').toString().replace(result.key_id, '0123456789abcdef');
      await writeFile(file('unknown'), [encoded(unknown), claims, signature].join('.'));
      for (const [name, args, code, message] of [
        ['changed', [], 1, 'receipt_invalid: '],
        ['unknown', [], 5, 'receipt_key_not_found: '],
        ['unknown', ['--key', file('key.pem')], 1, 'wrong_key: '],
        ['receipt', ['--key', file('body')], 2, 'not_a_key: '],
        ['receipt', ['--body', file('key.pem')], 1, 'other_body: '],
        ['body', [], 2, 'not_a_receipt: '],
        ['none', [], 2, 'bad_file: '],
      ] as const) {
        const ran = await verify(name, ...args);
        expect([ran.code, ran.stdout.toString()], name).toEqual([code, '']);
        expect(ran.stderr).toContain(message);
      }
    });
  });
};
