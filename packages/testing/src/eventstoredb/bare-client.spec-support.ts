import { randomUUID } from 'node:crypto';
import {
  type AllStreamSubscription,
  EventStoreDBClient,
  type JSONEventData,
  jsonEvent,
  type ReadStreamOptions,
  type StreamSubscription,
} from '@eventstore/db-client';
import { onTestFinished } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { type EventStoreDbFake, type EventStoreDbFakeOptions, startEventStoreDbFake } from './start.ts';

/** A server and an official client connected to it. Both end with the test. */
export const fakeAndClient = async (
  options?: EventStoreDbFakeOptions,
): Promise<{ fake: EventStoreDbFake; client: EventStoreDBClient }> => {
  const fake = await startEventStoreDbFake(options);
  onTestFinished(() => fake.stop());
  return { fake, client: clientOf(fake.url) };
};

export const clientOf = (url: string): EventStoreDBClient => {
  const client = EventStoreDBClient.connectionString(url);
  onTestFinished(() => client.dispose());
  return client;
};

export const event = (type = 'Noted', data: object = {}, id: string = randomUUID()): JSONEventData =>
  jsonEvent({ id, type, data: { ...data } });

export const events = (count: number): JSONEventData[] => Array.from({ length: count }, () => event());

/** The revisions that a read of the stream returns. */
export const revisions = async (
  client: EventStoreDBClient,
  stream: string,
  options?: ReadStreamOptions,
): Promise<number[]> => {
  const read: number[] = [];
  for await (const { event } of client.readStream(stream, options)) read.push(Number(event?.revision));
  return read;
};

/** `stream@revision type` of every event in the log, in log order, except the server's own statistics. */
export const logged = async (client: EventStoreDBClient): Promise<string[]> => {
  const read: string[] = [];
  for await (const { event } of client.readAll()) {
    if (event && !/^\$(stats|user)|^\$\$\$/.test(event.streamId))
      read.push(`${event.streamId}@${event.revision} ${event.type}`);
  }
  return read;
};

/** Everything that a subscription has reported, in order. */
export class Told {
  readonly all: string[] = [];
  error: Error | undefined;

  static of(subscription: StreamSubscription | AllStreamSubscription): Told {
    const told = new Told();
    subscription.on('confirmation', () => told.all.push('confirmation'));
    subscription.on('caughtUp', () => told.all.push('caughtUp'));
    subscription.on('error', (error: Error) => {
      told.error = error;
    });
    subscription.on('data', ({ event }) => told.all.push(`${event?.streamId}@${event?.revision}`));
    onTestFinished(() => subscription.unsubscribe());
    return told;
  }

  has(...messages: string[]): Promise<unknown> {
    return waitFor(() => messages.every((message) => this.all.includes(message)));
  }
}
