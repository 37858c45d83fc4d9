import { AggregateCache } from '@mission-control/aggregates';
import { openReadableLog, withoutContentKeys } from '@mission-control/content-keys';
import { type EventContext, messagingNames, newOrderedId } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { openKeyring } from '@mission-control/keyring';
import { FaultsToTransport, JetStreamLanes, type Messaging } from '@mission-control/messaging';
import type { OpenClawConnection, OpenClawOptions } from '@mission-control/openclaw';
import {
  contentKeyAccessOf,
  keepRunning,
  type RunningService,
  type ServiceContext,
} from '@mission-control/runtime';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import { bulkhead } from 'cockatiel';
import type { NotifierConfig } from './config.ts';
import { readRestoredAt } from './delivery/restored-at.ts';
import { RunFollower } from './following/run-follower.ts';
import { type NotifierTimes, notifierTimes } from './lane/lane-parts.ts';
import { LanesController } from './lane/lanes.controller.ts';
import { Lanes } from './lane/lanes.ts';
import { ReadAhead } from './lane/read-ahead.ts';
import { createNotifierMetrics } from './metrics.ts';
import { OpenclawGatewayConnections } from './openclaw-gateways/connections.ts';
import { OpenclawGatewayGates } from './openclaw-gateways/gates.ts';
import { AgentThrottle } from './openclaw-gateways/throttle.ts';
import { ReadLinks } from './sending/read-links.ts';

export interface NotifierAdapters {
  readonly openStore: () => Promise<EventStore>;
  readonly connect: () => Promise<Messaging>;
  readonly connectOpenClaw: (options: OpenClawOptions) => OpenClawConnection;
  readonly times?: NotifierTimes;
}

/** How many boards, webhooks, agents and OpenClaw gateways are cached in total. */
const knownAggregates = 20_000;

/**
 * How many deliveries are read at once. A thousand sessions that read at once would wait for the event store's few connections for longer
 * than a read may take, and would delay the configuration tail and other lanes.
 */
const readAtOnce = 16;

/** How long to wait for pending answers when stopping. */
const stopPatienceMs = 3_000;

class NotifierModule {}

const notifierContext = (): EventContext => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'notifier' },
  correlationId: newOrderedId(),
  causationId: null,
});

/** Serves the lanes that this process owns. */
export const startNotifier = async (
  { config, log, metrics, signal, fail }: ServiceContext<NotifierConfig>,
  adapters: NotifierAdapters,
): Promise<RunningService> => {
  const access = contentKeyAccessOf(config);
  const asStored = await adapters.openStore();
  const { store, keyring } = access
    ? await openReadableLog(asStored, { ...config, ...access }, 'notifier')
    : {
        store: withoutContentKeys(asStored),
        keyring: await openKeyring(asStored, config.ENCRYPTION_KEY, notifierContext()),
      };
  const cache = new AggregateCache(store, { max: knownAggregates });
  const tail = keepRunning('the configuration tail', () => cache.follow(signal), { signal, log });
  tail.catch(fail);

  const connections = new OpenclawGatewayConnections({
    connect: adapters.connectOpenClaw,
    keyring,
    denyCidrs: config.OPENCLAW_DENY_CIDRS,
    log,
    meter: metrics.meter,
  });
  const gates = new OpenclawGatewayGates(connections);
  const times = adapters.times ?? notifierTimes;
  const answerTimeoutMs = config.NOTIFIER_ANSWER_TIMEOUT_SECONDS;
  const follower = new RunFollower({ cache, gates, times, answerTimeoutMs });
  const lanes: Lanes = new Lanes(
    {
      store,
      restoredAt: await readRestoredAt(store),
      reads: bulkhead(readAtOnce, Number.MAX_SAFE_INTEGER),
      readAhead: new ReadAhead(),
      cache,
      gates,
      throttle: new AgentThrottle(config.NOTIFIER_THROTTLE_SECONDS),
      policy: {
        maxRetries: config.NOTIFIER_MAX_RETRIES,
        baseMs: config.NOTIFIER_RETRY_BASE_SECONDS,
        maxMs: config.NOTIFIER_RETRY_MAX_SECONDS,
      },
      baseUrl: config.BASE_URL,
      readLinks: new ReadLinks(keyring, config.READ_LINK_SECONDS),
      answerTimeoutMs,
      longestWaitMs: config.DELIVERY_RESUME_MAX_AGE_SECONDS * 1000,
      times,
      metrics: createNotifierMetrics(metrics, messagingNames(config.EVENTSTORE_PREFIX).stream, {
        lanes: () => lanes.figures,
        followedRuns: () => follower.size,
      }),
      log,
    },
    follower,
  );

  const messaging = await adapters.connect();
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    {
      module: NotifierModule,
      controllers: [LanesController],
      providers: [{ provide: Lanes, useValue: lanes }],
    },
    { strategy: new JetStreamLanes({ messaging, log }), logger: false, abortOnError: false },
  );
  app.useGlobalFilters(new FaultsToTransport());
  await app.listen();

  return {
    checks: [
      { name: 'event_store', check: () => store.ping() },
      { name: 'nats', check: () => messaging.ping() },
      {
        name: 'configuration_tail',
        check: () => {
          if (!cache.attached) throw new Error('not following the end of the log');
        },
      },
    ],
    stop: async () => {
      // A request that is still unanswered then ends as a doubt, which the next process resolves.
      const patience = setTimeout(() => void connections.close(), stopPatienceMs);
      await app.close();
      clearTimeout(patience);
      follower.stop();
      await messaging.close();
      await connections.close();
      await tail;
      await store.close();
    },
  };
};
