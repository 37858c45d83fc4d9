import { createHash } from 'node:crypto';
import { newRandomId, openBody } from '@mission-control/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../testing/answers.ts';
import { exchange } from '../testing/exchange.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';
import { startUpstream, type Upstream } from '../testing/upstream.ts';
import { accepted, type Expected, type Row } from './row.ts';
import { chunking } from './rows/chunking.ts';
import { content } from './rows/content.ts';
import { headers } from './rows/headers.ts';
import { lengths } from './rows/lengths.ts';
import { paths } from './rows/paths.ts';
import { requestLines } from './rows/request-line.ts';
import { signatures } from './rows/signatures.ts';
import { smuggling } from './rows/smuggling.ts';

const themes = {
  'request line': requestLines,
  path: paths,
  header: headers,
  'Content-Length': lengths,
  chunking,
  'request smuggling': smuggling,
  content,
  signature: signatures,
} as const;

let t: TestGateway;
let upstream: Upstream;
let other: TestWebhook;
let deleted: TestWebhook;
let stored = 0;

beforeAll(async () => {
  upstream = await startUpstream((_, response) => response.writeHead(204).end());
  t = await startTestGateway({
    env: { ADMIN_API_URL: upstream.url, WEBHOOK_MAX_PAYLOAD_BYTES: '262144', WEBHOOK_RATE_LIMIT: '0' },
  });
  other = await t.createWebhook();
  deleted = await t.createWebhook();
  await t.command(deleted, { type: 'DeleteWebhook', cleanupMemory: false });
});
afterAll(async () => {
  await t.stop();
  await upstream.stop();
});

const run = async (row: Row) => {
  const webhook = await t.createWebhook(row.webhook);
  const bytes = row.bytes({
    ...webhook,
    unknownPath: `/api/v1/boards/${newRandomId()}/webhooks/${newRandomId()}`,
    deletedPath: deleted.path,
    otherBoardPath: webhook.path.replace(webhook.boardId, other.boardId),
  });
  upstream.seen.length = 0;
  const result = await exchange(t.port, Buffer.isBuffer(bytes) ? [bytes] : bytes, {
    answers: row.answers.length,
    disconnects: row.disconnects,
  });
  return { webhook, ...result };
};

/** A response in the notation of the rows. */
const inBrief = ({ status, headers, body }: Answer) => {
  if (status === 204) return 'forwarded';
  const parsed = JSON.parse(body);
  if (status === 202) return parsed.ok ? 'accepted' : body;
  expect(parsed.detail).toMatch(/^[A-Z].*\.$/);
  expect(parsed.request_id).toBe(headers.get('x-request-id'));
  return `${status} ${parsed.code}`;
};
const stated = (expected: Expected) =>
  expected.kind === 'rejected' ? `${expected.status} ${expected.code}` : expected.kind;

/** What the store contains, computed from the stored bytes and not from their metadata. */
const storedAt = async ({ webhookId }: TestWebhook) =>
  (await t.payloads(webhookId)).map(({ body, sha256, size, sourceIp }) => {
    const bytes = openBody(body);
    expect({ sha256, size, sourceIp }).toEqual({
      sha256: digest(bytes),
      size: bytes.length,
      sourceIp: '127.0.0.1',
    });
    return { kind: 'accepted', sha256, size };
  });
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe.each(Object.entries(themes))('%s', (_, rows) => {
  it.each(rows.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    const { webhook, answers, connection } = await run(row);
    expect(answers.map(inBrief)).toEqual(row.answers.map(stated));
    const last = row.answers.at(-1);
    if (last?.kind === 'rejected' && last.ends) expect(connection).toBe('closed');
    const bodies = row.answers.filter(({ kind }) => kind === 'accepted');
    expect(await storedAt(webhook)).toEqual(bodies);
    stored += bodies.length;
    expect(upstream.seen.map(({ method }) => method)).toEqual(
      row.answers.filter((answer) => answer.kind === 'forwarded').map(({ method }) => method),
    );
    expect(
      upstream.seen.filter(({ method, url }) => method === 'POST' && url.startsWith(webhook.path)),
    ).toEqual([]);
  });
});

const count = Object.values(themes).flat().length;

it(`after ${count} such requests the gateway still works, and has stored exactly what it accepted`, async () => {
  const webhook = await t.createWebhook();
  expect((await fetch(webhook.url, { method: 'POST', body: '{}' })).status).toBe(202);
  expect(await storedAt(webhook)).toEqual([accepted()]);
  let events = 0;
  for await (const _ of t.store.readAll({ filter: { types: ['WebhookPayloadReceived'] } })) events += 1;
  expect(events).toBe(stored + 1);
  expect(
    t.logged.filter((line) => line.includes('"ingest failed"') || line.includes('"a request failed"')),
  ).toEqual([]);
});
