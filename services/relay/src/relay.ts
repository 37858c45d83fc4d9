import { AggregateCache, CheckpointedReader } from '@mission-control/aggregates';
import { openReadableLog, withoutContentKeys } from '@mission-control/content-keys';
import type { EventStore } from '@mission-control/event-store';
import { Evaluator } from '@mission-control/filters';
import {
  DeliveryPublisher,
  isWaiting,
  type Messaging,
  PublisherFenced,
  watchPublishers,
} from '@mission-control/messaging';
import {
  contentKeyAccessOf,
  keepRunning,
  type RunningService,
  type ServiceContext,
} from '@mission-control/runtime';
import type { RelayConfig } from './config.ts';
import { decideByRules } from './deciding/decide.ts';
import { KnownRules } from './deciding/rules.ts';
import { meaningfulTypes } from './outstanding/reference-of.ts';
import { createRelayMetrics } from './relaying/metrics.ts';
import { RelaySession } from './relaying/session.ts';

export interface RelayAdapters {
  readonly openStore: () => Promise<EventStore>;
  readonly connect: () => Promise<Messaging>;
}

/** Maximum number of boards whose OpenClaw gateway is kept in memory. */
const knownBoards = 10_000;
const moveMarkEveryMs = 2_000;

/**
 * Publishes references to deliveries from the log to JetStream, until the signal is aborted. Any failure ends the session, and
 * the next session starts at the low-water mark.
 */
export const startRelay = async (
  { config, log, metrics, signal, fail }: ServiceContext<RelayConfig>,
  adapters: RelayAdapters,
  { standbyMs }: { standbyMs?: number } = {},
): Promise<RunningService> => {
  const access = contentKeyAccessOf(config);
  const store = await adapters.openStore();
  const contents = access ? await openReadableLog(store, { ...config, ...access }, 'relay') : null;
  const messaging = await adapters.connect();
  const cache = new AggregateCache(store, { max: knownBoards, by: 'type' });
  const relayMetrics = createRelayMetrics(metrics, messaging.names.stream);
  const evaluator = new Evaluator({
    evaluated: (_, tookMs) => {
      if (tookMs !== null) relayMetrics.evaluated(tookMs);
    },
  });
  relayMetrics.watchSuspended(() => evaluator.suspended);
  const rules = new KnownRules(store);
  const decide = decideByRules({ store, rules, evaluator, metrics: relayMetrics });
  const reader = new CheckpointedReader({
    store,
    log,
    name: 'relay',
    types: meaningfulTypes,
    moveEveryMs: moveMarkEveryMs,
    ...(standbyMs !== undefined && { standbyMs }),
    activity: watchPublishers(messaging),
    isFenced: (error) => error instanceof PublisherFenced,
    openSession: async () => {
      const session = new RelaySession({
        store,
        contents: contents?.store ?? withoutContentKeys(store),
        cache,
        publisher: await DeliveryPublisher.open(messaging, log),
        isWaiting: (sequence) => isWaiting(messaging, sequence),
        ...{ decide, rules, log },
        metrics: relayMetrics,
        sweepMs: config.RELAY_SWEEP_SECONDS * 1000,
      });
      relayMetrics.watch(session, () => reader.standsBy);
      return session;
    },
  });
  const running = [
    keepRunning('the configuration tail', () => cache.follow(signal), { signal, log }),
    keepRunning('the relay', () => reader.run(signal), { signal, log }),
  ];
  for (const one of running) one.catch(fail);
  return {
    checks: [
      { name: 'event_store', check: () => store.ping() },
      { name: 'nats', check: () => messaging.ping() },
      reader.readiness,
    ],
    stop: async () => {
      await Promise.allSettled(running);
      await evaluator.close();
      await messaging.close();
      await (contents?.store ?? store).close();
    },
  };
};
