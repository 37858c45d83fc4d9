import { randomUUID } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deliveriesStream, type Lane, laneConsumer } from '@mission-control/contracts';
import { type RunningNatsServer, startNatsServer } from '@mission-control/embedded-servers';
import { type Guard, guardFolder, waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { DeliveryPublisher } from '../publishing/publisher.ts';
import { pullOne } from '../transport/pull.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
const lane: Lane = { gatewayId: null, number: 0 };
let folder: string;
let guard: Guard;
let server: RunningNatsServer;
let messaging: Messaging;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mission-control-lanes-'));
  guard = guardFolder(folder);
});

afterEach(async () => {
  await messaging.close();
  await server.kill();
  await guard.release();
});

const storeDir = () => join(folder, 'data');
const start = async () => {
  server = await startNatsServer({ storeDir: storeDir(), user: 'test', password: 'test' });
  messaging = await connectMessaging(server.url, 'spec', silent);
};
const restart = async (meanwhile: () => Promise<void>) => {
  await messaging.close();
  // Makes the server write the positions of the consumers to disk.
  await server.stop();
  await meanwhile();
  await start();
};

const publish = (publisher: DeliveryPublisher, id: string) =>
  publisher.publish({
    id,
    lane,
    reference: {
      payloadId: id,
      boardId: id,
      webhookId: id,
      cause: { type: 'WebhookPayloadReceived', eventId: id, stream: 's', revision: 0, position: '1' },
    },
  });

const take = async (): Promise<string> => {
  const message = await waitFor(async () => {
    const pulled = await pullOne(messaging, lane);
    return typeof pulled !== 'string' && pulled;
  });
  message.ack();
  await waitFor(async () => (await consumer()).num_ack_pending === 0);
  return JSON.parse(Buffer.from(message.data).toString()).payloadId;
};
const consumer = () => messaging.manager.consumers.info(deliveriesStream, laneConsumer(lane));

it('hands out messages that reuse the sequences of messages that the stream lost', async () => {
  await start();
  const messages = () => join(storeDir(), 'jetstream', '$G', 'streams', deliveriesStream, 'msgs');
  await publish(await DeliveryPublisher.open(messaging, silent), randomUUID());
  await take();
  await restart(() => cp(messages(), join(folder, 'backup'), { recursive: true }));
  const publisher = await DeliveryPublisher.open(messaging, silent);
  for (let n = 0; n < 3; n += 1) {
    await publish(publisher, randomUUID());
    await take();
  }
  await restart(async () => {
    await rm(messages(), { recursive: true });
    await cp(join(folder, 'backup'), messages(), { recursive: true });
  });
  const stream = await messaging.manager.streams.info(deliveriesStream);
  expect((await consumer()).delivered.stream_seq).toBeGreaterThan(stream.state.last_seq);

  const after = await DeliveryPublisher.open(messaging, silent);
  expect((await consumer()).delivered.stream_seq).toBeLessThanOrEqual(stream.state.last_seq);
  const again = randomUUID();
  await publish(after, again);
  expect(await take()).toBe(again);
});
