import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type DeliveryReference, type Lane, messagingNames } from '@mission-control/contracts';
import { type EventFilter, openEventStore } from '@mission-control/event-store';
import {
  connectMessaging,
  JetStreamLanes,
  type LaneContext,
  lanePattern,
  type Messaging,
} from '@mission-control/messaging';
import { createLog, createMetrics, loadConfig, type RunningService } from '@mission-control/runtime';
import { relayVariables } from '../config.ts';
import { startRelay } from '../relay.ts';

export interface TestRelay extends RunningService {
  /** The lines that the relay logged. */
  readonly logged: readonly string[];
  /** Of its subscriptions, in the order in which they began. */
  readonly filters: readonly EventFilter[];
  readonly ready: () => Promise<boolean>;
  /** The value that `/metrics` shows; undefined if it does not show the metric. */
  readonly metric: (name: string) => Promise<number | undefined>;
}

/** Starts the relay as `main.ts` composes it. */
export const startTestRelay = async (
  databaseUrl: string,
  natsUrl: string,
  env: Record<string, string> = {},
  timing: { standbyMs?: number } = {},
): Promise<TestRelay> => {
  const stopping = new AbortController();
  const logged: string[] = [];
  const filters: EventFilter[] = [];
  const log = createLog(
    'relay',
    { level: 'debug', format: 'json' },
    { write: (line) => void logged.push(line) },
  );
  const metrics = createMetrics('relay');
  const server = createServer(metrics.answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const relay = await startRelay(
    {
      config: loadConfig(relayVariables, { EVENTSTORE_URL: databaseUrl, NATS_URL: natsUrl, ...env }),
      log,
      metrics,
      signal: stopping.signal,
      draining: stopping.signal,
      fail: (error) => log.fatal({ err: error }, 'failed'),
    },
    {
      openStore: async () => {
        const store = await openEventStore(databaseUrl);
        const { subscribeToAll } = store;
        store.subscribeToAll = (options) => {
          filters.push(options.filter ?? {});
          return subscribeToAll.call(store, options);
        };
        return store;
      },
      connect: () => connectMessaging(natsUrl, 'relay', log, stopping.signal),
    },
    timing,
  );
  return {
    ...relay,
    logged,
    filters,
    ready: async () => {
      await Promise.all(relay.checks.map(({ check }) => check()));
      return true;
    },
    metric: async (name) => {
      const shown = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      const [, value] = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)`, 'm').exec(await shown.text()) ?? [];
      return value === undefined ? undefined : Number(value);
    },
    stop: async () => {
      stopping.abort();
      await relay.stop();
      server.close();
      server.closeAllConnections();
    },
  };
};

interface Notified {
  readonly lane: Lane;
  readonly reference: DeliveryReference;
}

const silent = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * Receives what the relay publishes, as a notifier would. A message that may not be acknowledged stays in its lane.
 */
export const collectNotified = async (
  natsUrl: string,
  mayAck: (reference: DeliveryReference) => boolean = () => true,
) => {
  const messaging = await connectMessaging(natsUrl, 'spec', silent);
  const notified: Notified[] = [];
  const lanes = new JetStreamLanes({ messaging, log: silent });
  lanes.addHandler(lanePattern, async (lane: Lane, context: LaneContext) => {
    for await (const message of context.messages) {
      notified.push({ lane, reference: message.reference });
      if (mayAck(message.reference)) message.ack();
    }
  });
  lanes.listen(() => {});
  return {
    notified,
    eventIds: () => notified.map(({ reference }) => reference.cause.eventId),
    stop: async () => {
      await lanes.close();
      await messaging.close();
    },
  };
};

/** The number of messages in the stream. */
export const storedMessages = (natsUrl: string): Promise<number> =>
  withStreams(natsUrl, async (streams) => (await streams.info(messagingNames('').stream)).state.messages);

/** Limits the stream to this number of messages, until its settings are applied again. */
export const limitStream = (natsUrl: string, messages: number): Promise<unknown> =>
  withStreams(natsUrl, (streams) => streams.update(messagingNames('').stream, { max_msgs: messages }));

const withStreams = async <T>(
  natsUrl: string,
  use: (streams: Messaging['manager']['streams']) => Promise<T>,
): Promise<T> => {
  const messaging = await connectMessaging(natsUrl, 'spec', silent);
  try {
    return await use(messaging.manager.streams);
  } finally {
    await messaging.close();
  }
};
