import { randomBytes } from 'node:crypto';
import { Branches, openReadableLog, type ReadableLog } from '@mission-control/content-keys';
import { streams } from '@mission-control/contracts';
import { openEventStore } from '@mission-control/event-store';
import { migrateReadModels } from '@mission-control/read-models';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase, startTestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { collectNotified, startTestRelay, type TestRelay } from '../testing/test-relay.ts';

const key = randomBytes(32);

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let nats: Awaited<ReturnType<typeof startTestNats>>;
let readable: ReadableLog;
let scene: Scene;
let collected: Awaited<ReturnType<typeof collectNotified>>;
let relay: TestRelay;
beforeAll(async () => {
  database = await createTestDatabase();
  nats = await startTestNats();
  await migrateReadModels(database.url);
  const config = { ENCRYPTION_KEY: [key], DATABASE_URL: database.url, EVENTSTORE_PREFIX: '' };
  readable = await openReadableLog(await openEventStore(database.url), config, 'test');
  scene = new Scene(readable.asStored);
  collected = await collectNotified(nats.url);
  relay = await startTestRelay(database.url, nats.url, {
    ...{ CONTENT_ENCRYPTION: 'per-webhook', DATABASE_URL: database.url },
    ENCRYPTION_KEY: key.toString('base64'),
  });
});
afterAll(async () => {
  await relay?.stop();
  await collected?.stop();
  await readable?.store.close();
  await nats?.stop();
  await database?.drop();
});

it('facts leave out what an evaluation said about an encrypted arrival, and only then', async () => {
  const boardId = await scene.board();
  const webhookId = await scene.webhook(boardId, { rules: { notifyWhen: 'body.merged' } });
  const branch = await new Branches(readable.keys, { max: 1 }).of(webhookId);
  if (branch === 'destroyed') throw new Error('The key is destroyed.');
  const body = '{"note":"no such member"}';
  const plain = { sourceIp: '192.0.2.1', contentType: 'application/json', headers: [], deliveryName: null };
  const webhook = { boardId, webhookId };
  const encrypted = await scene.arrival(webhook, {
    body,
    encrypt: (eventId) => branch.encrypt({ webhookId, eventId }, { ...plain, body: Buffer.from(body) }),
  });
  const clear = await scene.arrival(webhook, { body });
  await waitFor(() => collected.eventIds().includes(clear.id));
  expect(collected.eventIds()).toEqual([encrypted.id, clear.id]);
  const facts = ({ payloadId }: typeof clear) => scene.facts(streams.delivery(payloadId));
  const [failed] = await facts(encrypted);
  expect(failed).toMatchObject({ type: 'DeliveryFilterFailed', data: { code: 'error' } });
  expect(failed?.data).not.toHaveProperty('detail');
  expect(await facts(clear)).toMatchObject([
    { type: 'DeliveryFilterFailed', data: { detail: expect.stringContaining('merged') } },
  ]);
});
