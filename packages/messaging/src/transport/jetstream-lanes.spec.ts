import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { type DeliveryReference, deliveriesStream, type Lane } from '@mission-control/contracts';
import { startTestNats, type TestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Controller, type INestMicroservice, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { DeliveryPublisher } from '../publishing/publisher.ts';
import { FaultsToTransport } from './faults-to-transport.ts';
import { deliveryPattern, JetStreamLanes } from './jetstream-lanes.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };
type Handle = (reference: DeliveryReference) => Promise<void>;
const HANDLE = Symbol('handle');

@Controller()
class Deliveries {
  constructor(@Inject(HANDLE) private readonly handle: Handle) {}

  @MessagePattern(deliveryPattern)
  async deliver(@Payload() reference: DeliveryReference): Promise<void> {
    await this.handle(reference);
  }
}

@Module({})
class Service {}

const reference = (id: string): DeliveryReference => ({
  payloadId: id,
  boardId: randomUUID(),
  webhookId: randomUUID(),
  cause: { type: 'WebhookPayloadReceived', eventId: id, stream: 'payloads-x', revision: 0, position: '1' },
});

describe('the JetStream transport', () => {
  let nats: TestNats;
  let messaging: Messaging;
  let publisher: DeliveryPublisher;
  const running: (() => Promise<unknown>)[] = [];

  beforeEach(async () => {
    nats = await startTestNats();
    messaging = await connectMessaging(nats.url, 'spec', silent);
    publisher = await DeliveryPublisher.open(messaging, silent);
  });

  afterEach(async () => {
    for (const close of running.splice(0).reverse()) await close();
    await messaging.close();
    await nats.stop();
  });

  const publish = async (gatewayId: string | null, ids: readonly string[], number = 0) => {
    const lane: Lane = { gatewayId, number };
    await Promise.all(ids.map((id) => publisher.publish({ id, lane, reference: reference(id) })));
  };

  const serve = async (
    handle: Handle,
    mayPull?: (lane: Lane, signal: AbortSignal) => Promise<void>,
  ): Promise<INestMicroservice> => {
    const own = await connectMessaging(nats.url, 'notifier', silent);
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(
      { module: Service, controllers: [Deliveries], providers: [{ provide: HANDLE, useValue: handle }] },
      {
        strategy: new JetStreamLanes({ messaging: own, log: silent, ...(mayPull && { mayPull }) }),
        logger: false,
      },
    );
    app.useGlobalFilters(new FaultsToTransport());
    await app.listen();
    running.push(
      () => own.close(),
      () => app.close(),
    );
    return app;
  };

  it('handles each message once, in lane order, one at a time, including lanes that appear later', async () => {
    const seen: string[] = [];
    let busy = 0;
    let busiest = 0;
    await serve(async ({ payloadId }) => {
      busiest = Math.max(busiest, ++busy);
      await new Promise(setImmediate);
      seen.push(payloadId);
      busy -= 1;
    });
    const first = Array.from({ length: 50 }, () => randomUUID());
    await publish(null, first);
    await waitFor(() => seen.length === 50);
    expect(seen).toEqual(first);
    expect(busiest).toBe(1);
    const later = [randomUUID()];
    await publish(randomUUID(), later);
    await waitFor(() => seen.length === 51);
    await waitFor(async () => (await messaging.manager.streams.info(deliveriesStream)).state.messages === 0);
  });

  it('keeps one message per lane in hand across several processes', async () => {
    const inHand = new Set<string>();
    const seen: string[] = [];
    let most = 0;
    const handle: Handle = async ({ payloadId }) => {
      inHand.add(payloadId);
      most = Math.max(most, inHand.size);
      await new Promise((resolve) => setTimeout(resolve, 2));
      inHand.delete(payloadId);
      seen.push(payloadId);
    };
    await serve(handle);
    await serve(handle);
    const ids = Array.from({ length: 60 }, () => randomUUID());
    await publish(null, ids);
    await waitFor(() => seen.length === 60);
    expect(seen).toEqual(ids);
    expect(most).toBe(1);
  });

  it('retries a failing handler before it handles the next message', async () => {
    const seen: string[] = [];
    let faults = 2;
    await serve(async ({ payloadId }) => {
      seen.push(payloadId);
      if (faults-- > 0) throw new Error('the event store is away');
    });
    const [one, two] = [randomUUID(), randomUUID()];
    await publish(null, [one, two]);
    await waitFor(() => seen.length === 4);
    expect(seen).toEqual([one, one, one, two]);
  });

  it('hands the message of a dead process to another process', async () => {
    const never = Promise.withResolvers<void>();
    let begun = 0;
    const own = await connectMessaging(nats.url, 'dying', silent);
    const dying = new JetStreamLanes({ messaging: own, log: silent });
    dying.addHandler(deliveryPattern, async () => {
      begun += 1;
      await never.promise;
    });
    dying.listen(() => {});
    const id = randomUUID();
    await publish(null, [id]);
    await waitFor(() => begun === 1);
    await own.close();
    never.resolve();
    await dying.close();
    const seen: string[] = [];
    await serve(async ({ payloadId }) => void seen.push(payloadId));
    await waitFor(() => seen.length === 1);
    expect(seen).toEqual([id]);
  });

  it('holds back the lane of an OpenClaw gateway that must pause, and serves the others', async () => {
    const resting = randomUUID();
    const rested = Promise.withResolvers<void>();
    const seen: string[] = [];
    await serve(
      async ({ payloadId }) => void seen.push(payloadId),
      ({ gatewayId }) => (gatewayId === resting ? rested.promise : Promise.resolve()),
    );
    const [held, free] = [randomUUID(), randomUUID()];
    await publish(resting, [held]);
    await publish(randomUUID(), [free]);
    await waitFor(() => seen.includes(free));
    const info = await messaging.manager.consumers.info(deliveriesStream, `notifier-${resting}-0`);
    expect(info).toMatchObject({ num_pending: 1, num_ack_pending: 0 });
    rested.resolve();
    await waitFor(() => seen.includes(held));
  });

  it('continues after the server has lost its data and the lanes were recreated', async () => {
    const seen: string[] = [];
    await serve(async ({ payloadId }) => void seen.push(payloadId));
    await publish(null, [randomUUID()]);
    await waitFor(() => seen.length === 1);
    await nats.restart({ loseData: true });
    publisher = await waitFor(() => DeliveryPublisher.open(messaging, silent));
    await publish(null, [randomUUID()]);
    await waitFor(() => seen.length === 2);
  });

  it('discards a message that is not a delivery reference', async () => {
    const seen: string[] = [];
    await serve(async ({ payloadId }) => void seen.push(payloadId));
    await messaging.client.publish('deliveries.none.0', '{"not":"a reference"}');
    await waitFor(async () => {
      publisher = await DeliveryPublisher.open(messaging, silent);
      await publish(null, [randomUUID()]);
      return true;
    });
    await waitFor(() => seen.length === 1);
    await waitFor(async () => (await messaging.manager.streams.info(deliveriesStream)).state.messages === 0);
  });
});
