import { type EventStore, openEventStore } from '@mission-control/event-store';
import { Scene } from '@mission-control/test-scene';
import { createTestDatabase, startTestNats } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { collectNotified, startTestRelay, type TestRelay } from './test-relay.ts';

/** An event store and a nats-server that the tests of a file share, and the relays that they start on them. */
interface RelaysOnServers {
  readonly store: EventStore;
  readonly scene: Scene;
  readonly natsUrl: string;
  /** Starts a relay, and waits until it is ready. */
  readonly start: () => Promise<TestRelay>;
  /**
   * Collects what is published from now on.
   *
   * @param of the boards that count: what other tests left without an outcome may be published again
   * @returns reads the ids of the events that caused the deliveries
   */
  readonly collect: (...of: readonly { readonly boardId: string }[]) => Promise<() => readonly string[]>;
  /** A webhook with these rules, on a new board unless one is given. */
  readonly webhookWith: (
    rules: object,
    onBoard?: string,
  ) => Promise<{ readonly boardId: string; readonly webhookId: string }>;
}

interface StartedServers extends RelaysOnServers {
  /** Stops what a test has started. */
  readonly endTest: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Starts and stops them with the suite. Nothing of it is there before its tests run. */
export const useRelaysOnServers = (): RelaysOnServers => {
  let servers: StartedServers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterEach(() => servers.endTest());
  afterAll(() => servers?.close());
  return {
    get store() {
      return servers.store;
    },
    get scene() {
      return servers.scene;
    },
    get natsUrl() {
      return servers.natsUrl;
    },
    start: () => servers.start(),
    collect: (...of) => servers.collect(...of),
    webhookWith: (...of) => servers.webhookWith(...of),
  };
};

const startServers = async (): Promise<StartedServers> => {
  const database = await createTestDatabase();
  const nats = await startTestNats();
  const store = await openEventStore(database.url);
  const scene = new Scene(store);
  const ending: (() => Promise<unknown>)[] = [];
  return {
    store,
    scene,
    natsUrl: nats.url,
    start: async () => {
      const relay = await startTestRelay(database.url, nats.url);
      ending.push(relay.stop);
      await waitFor(relay.ready);
      return relay;
    },
    collect: async (...of) => {
      const boardIds = new Set(of.map(({ boardId }) => boardId));
      const { notified, stop } = await collectNotified(nats.url);
      ending.push(stop);
      return () =>
        notified
          .filter(({ reference }) => boardIds.has(reference.boardId))
          .map(({ reference }) => reference.cause.eventId);
    },
    webhookWith: async (rules, onBoard) => {
      const boardId = onBoard ?? (await scene.board());
      return { boardId, webhookId: await scene.webhook(boardId, { rules }) };
    },
    endTest: async () => {
      for (const end of ending.splice(0).reverse()) await end();
    },
    close: async () => {
      await store.close();
      await nats.stop();
      await database.drop();
    },
  };
};
