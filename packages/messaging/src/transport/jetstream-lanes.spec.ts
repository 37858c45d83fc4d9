import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { type Lane, laneName, laneOf } from '@mission-control/contracts';
import { startTestNats, type TestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { AckPolicy } from '@nats-io/jetstream';
import { Controller, type INestMicroservice, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, MessagePattern, type MicroserviceOptions, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectMessaging, type Messaging } from '../connection/connect.ts';
import { consumers, lane, publish, silent, stored } from '../owning/test-lane.spec-support.ts';
import { DeliveryPublisher } from '../publishing/publisher.ts';
import { FaultsToTransport } from './faults-to-transport.ts';
import { JetStreamLanes } from './jetstream-lanes.ts';
import { LaneContext, lanePattern } from './lane-context.ts';

type Handle = (lane: Lane, context: LaneContext) => Promise<void>;
const HANDLE = Symbol('handle');

@Controller()
class Lanes {
  constructor(@Inject(HANDLE) private readonly handle: Handle) {}

  @MessagePattern(lanePattern)
  async serve(@Payload() served: Lane, @Ctx() context: LaneContext): Promise<void> {
    await this.handle(served, context);
  }
}

@Module({})
class Service {}

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

  const serve = async (handle: Handle): Promise<INestMicroservice> => {
    const own = await connectMessaging(nats.url, 'notifier', silent);
    const app = await NestFactory.createMicroservice<MicroserviceOptions>(
      { module: Service, controllers: [Lanes], providers: [{ provide: HANDLE, useValue: handle }] },
      { strategy: new JetStreamLanes({ messaging: own, log: silent }), logger: false },
    );
    app.useGlobalFilters(new FaultsToTransport());
    await app.listen();
    running.push(
      () => own.close(),
      () => app.close(),
    );
    return app;
  };

  /** Consumes all messages, and acknowledges those that it may. */
  const collect = (mayAck = true) => {
    const seen: string[] = [];
    const ownerships: Lane[] = [];
    const handle: Handle = async (served, { messages }) => {
      ownerships.push(served);
      for await (const message of messages) {
        seen.push(message.reference.payloadId);
        if (mayAck) message.ack();
      }
    };
    return { seen, ownerships, handle };
  };

  it('calls the handler once for each lane, also for lanes that appear later, and hands it all messages in order', async () => {
    const { seen, ownerships, handle } = collect();
    await serve(handle);
    const first = await publish(publisher, 50);
    await waitFor(() => seen.length === 50);
    const later = await publish(publisher, 50);
    const elsewhere = laneOf(randomUUID());
    await publish(publisher, 1, elsewhere);
    await waitFor(() => seen.length === 101);
    expect(seen.filter((id) => [...first, ...later].includes(id))).toEqual([...first, ...later]);
    expect(ownerships).toEqual([lane, elsewhere]);
    await waitFor(async () => (await stored(messaging)) === 0);
  });

  it('serves each lane in one process at a time, and shares the lanes', async () => {
    const lanes = Array.from({ length: 40 }, () => laneOf(randomUUID()));
    for (const one of lanes) await publish(publisher, 5, one);
    const owners = new Map<string, number>();
    const seen: string[] = [];
    const handle =
      (owner: number): Handle =>
      async (served, { messages }) => {
        expect(owners.has(laneName(served))).toBe(false);
        owners.set(laneName(served), owner);
        for await (const message of messages) {
          seen.push(message.reference.payloadId);
          message.ack();
        }
        owners.delete(laneName(served));
      };
    await Promise.all([serve(handle(1)), serve(handle(2))]);
    await waitFor(() => seen.length === 200);
    expect(new Set(seen).size).toBe(200);
    expect(owners.size).toBe(40);
    expect(new Set(owners.values())).toEqual(new Set([1, 2]));
  });

  it('hands a lane over when the process stops, beginning with the unacknowledged messages, in order', async () => {
    const first = collect(false);
    const app = await serve(first.handle);
    const ids = await publish(publisher, 20);
    await waitFor(() => first.seen.length === 20);
    const second = collect();
    await serve(second.handle);
    await app.close();
    expect(second.ownerships.length + (await consumers(messaging)).length).toBeLessThanOrEqual(2);
    const later = await publish(publisher, 1);
    await waitFor(() => second.seen.length === 21);
    expect(second.seen).toEqual([...ids, ...later]);
  });

  it('waits for its handlers when it is closed, and then keeps no consumer', async () => {
    const finished = Promise.withResolvers<void>();
    let ended = false;
    const app = await serve(async (_, { messages }) => {
      for await (const message of messages) void message;
      await finished.promise;
      ended = true;
    });
    await publish(publisher, 1);
    await waitFor(async () => (await consumers(messaging)).length === 1);
    const closed = app.close();
    expect(await consumers(messaging)).toHaveLength(1);
    finished.resolve();
    await closed;
    expect(ended).toBe(true);
    expect(await consumers(messaging)).toEqual([]);
  });

  it('claims a lane again when it was lost, and its handler gets the messages again', async () => {
    const { seen, ownerships, handle } = collect(false);
    await serve(handle);
    const ids = await publish(publisher, 3);
    await waitFor(() => seen.length === 3);
    const [name = ''] = await consumers(messaging);
    await messaging.manager.consumers.delete(messaging.names.stream, name);
    await waitFor(() => seen.length === 6);
    expect(seen).toEqual([...ids, ...ids]);
    await nats.restart();
    await waitFor(() => seen.length === 9);
    expect(seen.slice(6)).toEqual(ids);
    expect(ownerships).toHaveLength(3);
  });

  it('continues after the server has lost its data', async () => {
    const { seen, handle } = collect();
    await serve(handle);
    await publish(publisher, 1);
    await waitFor(() => seen.length === 1);
    await nats.restart({ loseData: true });
    publisher = await waitFor(() => DeliveryPublisher.open(messaging, silent));
    await publish(publisher, 1);
    await waitFor(() => seen.length === 2);
  });

  it('releases a lane whose handler fails, and serves it again', async () => {
    const { seen, handle } = collect();
    let faults = 1;
    await serve(async (served, context) => {
      if (faults-- > 0) throw new Error('the event store is away');
      await handle(served, context);
    });
    const ids = await publish(publisher, 2);
    await waitFor(() => seen.length === 2);
    expect(seen).toEqual(ids);
  });

  it('deletes the consumers of an older release, and serves what they left', async () => {
    const other = randomUUID();
    for (const number of [0, 1]) {
      await messaging.manager.consumers.add(messaging.names.stream, {
        durable_name: `notifier-${other}-${number}`,
        filter_subject: `deliveries.${other}.${number}`,
        ack_policy: AckPolicy.Explicit,
        max_ack_pending: 1,
      });
    }
    const ids = await publish(publisher, 2, laneOf(other));
    const { seen, handle } = collect();
    await serve(handle);
    await waitFor(() => seen.length === 2);
    expect(seen).toEqual(ids);
    expect(await consumers(messaging)).toHaveLength(1);
  });
});
