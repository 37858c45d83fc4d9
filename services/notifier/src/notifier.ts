import { AggregateCache } from '@mission-control/aggregates';
import { newOrderedId } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { openKeyring } from '@mission-control/keyring';
import { FaultsToTransport, JetStreamLanes, type Messaging } from '@mission-control/messaging';
import type { OpenClawConnection, OpenClawOptions } from '@mission-control/openclaw';
import { keepRunning, type RunningService, type ServiceContext } from '@mission-control/runtime';
import { NestFactory } from '@nestjs/core';
import type { MicroserviceOptions } from '@nestjs/microservices';
import type { NotifierConfig } from './config.ts';
import { createNotifierMetrics } from './metrics.ts';
import { OpenclawGatewayCircuits } from './openclaw-gateways/circuits.ts';
import { OpenclawGatewayConnections } from './openclaw-gateways/connections.ts';
import { AgentThrottle } from './openclaw-gateways/throttle.ts';
import { AgentTeller } from './telling/agent-teller.ts';
import { DeliveriesController } from './telling/deliveries.controller.ts';
import { Sender } from './telling/sender.ts';

export interface NotifierAdapters {
  readonly openStore: () => Promise<EventStore>;
  readonly connect: () => Promise<Messaging>;
  readonly connectOpenClaw: (options: OpenClawOptions) => OpenClawConnection;
}

/** How many boards, webhooks, agents and OpenClaw gateways are cached in total. */
const knownAggregates = 20_000;

/** How long stopping waits for pending answers. */
const stopPatienceMs = 3_000;

class NotifierModule {}

/** Serves the lanes: one message per lane at a time, acknowledged once its delivery has an outcome. */
export const startNotifier = async (
  { config, log, metrics, signal, fail }: ServiceContext<NotifierConfig>,
  adapters: NotifierAdapters,
): Promise<RunningService> => {
  const store = await adapters.openStore();
  const keyring = await openKeyring(store, config.ENCRYPTION_KEY, {
    occurredAt: new Date().toISOString(),
    actor: { kind: 'service', id: 'notifier' },
    correlationId: newOrderedId(),
    causationId: null,
  });
  const cache = new AggregateCache(store, { max: knownAggregates });
  const tail = keepRunning('the configuration tail', () => cache.follow(signal), { signal, log });
  tail.catch(fail);

  const connections = new OpenclawGatewayConnections({
    connect: adapters.connectOpenClaw,
    keyring,
    denyCidrs: config.OPENCLAW_DENY_CIDRS,
    log,
  });
  const circuits = new OpenclawGatewayCircuits(config.NOTIFIER_RETRY_BASE_SECONDS);
  const teller = new AgentTeller({
    store,
    cache,
    sender: new Sender({
      cache,
      connections,
      circuits,
      throttle: new AgentThrottle(config.NOTIFIER_THROTTLE_SECONDS),
      answerTimeoutMs: config.NOTIFIER_ANSWER_TIMEOUT_SECONDS,
    }),
    policy: {
      maxRetries: config.NOTIFIER_MAX_RETRIES,
      baseMs: config.NOTIFIER_RETRY_BASE_SECONDS,
      maxMs: config.NOTIFIER_RETRY_MAX_SECONDS,
    },
    baseUrl: config.BASE_URL,
    metrics: createNotifierMetrics(metrics, () => circuits.openCount()),
    log,
  });

  const messaging = await adapters.connect();
  const lanes = new JetStreamLanes({
    messaging,
    log,
    mayPull: async ({ gatewayId }, aborted) => {
      if (gatewayId !== null) await circuits.waitWhileOpen(gatewayId, aborted);
    },
  });
  const app = await NestFactory.createMicroservice<MicroserviceOptions>(
    {
      module: NotifierModule,
      controllers: [DeliveriesController],
      providers: [{ provide: AgentTeller, useValue: teller }],
    },
    { strategy: lanes, logger: false, abortOnError: false },
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
      // A request that the OpenClaw gateway has not answered by then ends as a doubt, which the next process resolves.
      const patience = setTimeout(() => void connections.close(), stopPatienceMs);
      await app.close();
      clearTimeout(patience);
      await messaging.close();
      await connections.close();
      await tail;
      await store.close();
    },
  };
};
