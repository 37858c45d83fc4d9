import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { streams } from '@mission-control/contracts';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { waitFor } from '@mission-control/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RunningSystem, startSystem } from './system/standalone.ts';

const run = promisify(execFile);

let system: RunningSystem;
let database: pg.Client;
let log: EventStore;
beforeAll(async () => {
  system = await startSystem({ env: { CONTENT_ENCRYPTION: 'true', AUDIT_CHECKPOINT_SECONDS: '1' } });
  const { dataDir } = system;
  const password = (await readFile(join(dataDir, 'database-password'), 'utf8')).trim();
  const [, , , port] = (await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8')).split('\n');
  const url = `postgres://mission_control:${password}@127.0.0.1:${port}/mission_control`;
  database = new pg.Client(url);
  await database.connect();
  log = await openEventStore(url);
});
afterAll(async () => {
  await log?.close();
  await database?.end();
  await system?.stop();
});

/** Words that no index or file contains by chance, and their forms on disk. */
const word = () => `w${randomBytes(12).toString('hex')}`;
const formsOf = (text: string): string[] => [text, Buffer.from(text).toString('base64').slice(0, -4)];

/** The words that are in a file below a folder of the data directory. */
const foundIn = async (words: readonly string[], folder: string): Promise<string[]> => {
  const found: string[] = [];
  for (const text of words) {
    const patterns = formsOf(text).flatMap((form) => ['-e', form]);
    // grep exits with 1 if there is no match. Files that disappear meanwhile are not searched.
    const files = await run('grep', [
      '-rlaFs',
      '-D',
      'skip',
      ...patterns,
      join(system.dataDir, folder),
    ]).catch((error: { code: number }) => {
      if (error.code !== 1) throw error;
      return { stdout: '' };
    });
    if (files.stdout !== '') found.push(text);
  }
  return found;
};

it('after an erasure, during which the steward is killed, no byte of the content is left on disk or in an answer', async () => {
  const { admin, url } = system;
  const board = await admin.post<{ id: string }>('/api/v1/boards', { name: 'Ward' });
  const webhook = await admin.post<{ id: string; endpoint_url: string }>(
    `/api/v1/boards/${board.id}/webhooks`,
    { description: 'Read it', signature_scheme: 'none', dedupe: 'header:x-delivery' },
  );
  const endpoint = `${url}${new URL(webhook.endpoint_url).pathname}`;
  const [inBody, inHeader, name, kept] = [word(), word(), word(), word()];
  const erased = [inBody, inHeader, name];
  const send = async (body: string, delivery: string) => {
    const headers = { 'content-type': 'application/json', 'x-patient': inHeader, 'x-delivery': delivery };
    const answer = await fetch(endpoint, { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
    return ((await answer.json()) as { payload_id: string }).payload_id;
  };
  const body = JSON.stringify({ patient: inBody });
  const id = await send(body, name);
  expect(await send(body, name)).toBe(id);
  const headers = { 'content-type': 'application/json', 'x-delivery': word() };
  await fetch(endpoint, { method: 'POST', headers, body: JSON.stringify({ patient: kept }) });

  const payloads = `/api/v1/boards/${board.id}/webhooks/${webhook.id}/payloads`;
  const memory = `/api/v1/boards/${board.id}/memory`;
  const total = async (path: string) => (await admin.get<{ total: number }>(path)).total;
  await waitFor(async () => (await total(payloads)) === 2 && (await total(memory)) === 2);
  await waitFor(async () => (await admin.get<{ arrivals: number }>(`${payloads}/${id}`)).arrivals === 2);
  await database.query('checkpoint');
  // The search finds what is there: the read models are readable. The event store is not.
  expect(await foundIn([...erased, kept], 'postgres/base')).toEqual(expect.arrayContaining([inBody, kept]));
  expect(await foundIn([inBody], 'postgres/pg_wal')).toEqual([inBody]);
  const events = await Array.fromAsync(log.readStream(streams.payloads(webhook.id)));
  const stored = JSON.stringify(events.map(({ data, metadata }) => [data, metadata]));
  for (const text of [...erased, kept]) expect(stored).not.toContain(text);

  const proof = () => admin.call<{ event: string; leaf_hash: string }>('GET', `${payloads}/${id}/proof`);
  await waitFor(async () => (await proof()).status === 200, { timeout: 120_000 });
  const before = (await proof()).body;

  process.kill(await system.pidOf('steward'), 'SIGSTOP');
  const erase = () => admin.call<{ completed: boolean }>('DELETE', `${payloads}/${id}/content?reason=asked`);
  expect((await erase()).body).toMatchObject({ completed: false, arrivals: 2 });
  await system.killService('steward');
  await waitFor(async () => (await erase()).body.completed, { timeout: 240_000 });
  expect((await erase()).body).toMatchObject({ completed: true, arrivals: 2 });

  const touched = [
    'board_webhook_payloads',
    'webhook_payload_arrivals',
    'board_memory',
    'content_keys.nodes',
  ];
  for (const table of touched) await database.query(`vacuum (full, analyze) ${table}`);
  // It has samples of columns.
  await database.query('vacuum full pg_statistic');
  // A segment of the write-ahead log is overwritten when it is used again.
  await waitFor(
    async () => {
      await database.query("select pg_logical_emit_message(false, 'erasure', 'next segment')");
      await database.query('select pg_switch_wal()');
      await database.query('checkpoint');
      return (await foundIn(erased, 'postgres/pg_wal')).length === 0;
    },
    { timeout: 240_000 },
  );
  expect(await foundIn([...erased, kept], '.')).toEqual([kept]);

  const answers = [
    ...[payloads, `${payloads}/${id}`, `${payloads}/${id}/timeline`, `${payloads}?q=${inBody}`, memory],
    ...[`${payloads}/${id}/raw`, `${payloads}/${id}/arrivals/2/raw`, `/api/v1/boards/${board.id}/deliveries`],
  ];
  const exported = (await admin.bytes('/api/v1/audit/export')).toString();
  const texts = [...answers, `${payloads}/${id}/proof`].map(
    async (path) => [path, JSON.stringify((await admin.call('GET', path)).body)] as const,
  );
  for (const [path, text] of [...(await Promise.all(texts)), ['export', exported] as const])
    for (const one of erased.flatMap(formsOf)) expect(text, path).not.toContain(one);
  expect(await admin.get(`${payloads}/${id}`)).toMatchObject({
    ...{ payload: null, payload_encoding: 'erased', arrivals: 2 },
    sha256: createHash('sha256').update(body).digest('hex'),
  });
  expect(await admin.get(payloads)).toMatchObject({ total: 2, items: [{ payload: { patient: kept } }, {}] });

  // What is not content can be verified as before.
  expect((await proof()).body).toMatchObject({ event: before.event, leaf_hash: before.leaf_hash });
  expect(exported).toContain(id);
  await admin.post('/api/v1/audit/verify', {});
  const verified = () => admin.get<{ status: string }>('/api/v1/audit/verify');
  await waitFor(async () => (await verified()).status !== 'running', { timeout: 120_000 });
  expect(await verified()).toMatchObject({ status: 'verified', fault: null });
}, 300_000);
