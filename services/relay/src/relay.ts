import { setTimeout as delay } from 'node:timers/promises';
import { AggregateCache, CheckpointConflict, StoredCheckpoint } from '@mission-control/aggregates';
import { CheckpointNotInLog, type EventStore } from '@mission-control/event-store';
import { DeliveryPublisher, listLanes, type Messaging, PublisherFenced } from '@mission-control/messaging';
import { keepRunning, type RunningService, type ServiceContext } from '@mission-control/runtime';
import type { RelayConfig } from './config.ts';
import { createInstruments } from './relaying/instruments.ts';
import { RelaySession } from './relaying/session.ts';

export interface RelayAdapters {
  readonly openStore: () => Promise<EventStore>;
  readonly connect: () => Promise<Messaging>;
}

/** Maximum number of boards whose OpenClaw gateway is kept in memory. */
const knownBoards = 10_000;
/** How long a relay stands by for another one before it tries to take over. */
const standbyMs = 15_000;

/**
 * Publishes references to deliveries from the log to JetStream, until the signal is aborted. Any failure ends the session, and
 * the next session starts at the low-water mark.
 */
export const startRelay = async (
  { config, log, metrics, signal, fail }: ServiceContext<RelayConfig>,
  adapters: RelayAdapters,
): Promise<RunningService> => {
  const store = await adapters.openStore();
  const messaging = await adapters.connect();
  const cache = new AggregateCache(store, { max: knownBoards });
  const instruments = createInstruments(metrics);
  let caughtUp = false;
  let fromStart = false;

  const session = async (): Promise<void> => {
    const mark = await StoredCheckpoint.load(store, 'relay');
    const publisher = await DeliveryPublisher.open(messaging, log);
    const from = fromStart ? 'start' : (mark.checkpoint ?? 'start');
    log.info({ from: typeof from === 'string' ? from : from.position.toString() }, 'relaying');
    try {
      await new RelaySession({
        store,
        cache,
        publisher,
        mark,
        from,
        listLanes: () => listLanes(messaging.manager),
        instruments,
        sweepMs: config.RELAY_SWEEP_SECONDS * 1000,
        caughtUp: () => {
          caughtUp = true;
          fromStart = false;
          log.info('caught up; relaying as events come');
        },
      }).run(signal);
    } catch (error) {
      if (error instanceof CheckpointNotInLog) {
        fromStart = true;
        log.error(
          { err: error },
          'the log was restored or replaced: reading it from the start. Nobody is told twice: each delivery is decided by its own stream',
        );
      }
      if (error instanceof PublisherFenced || error instanceof CheckpointConflict) {
        log.warn({ standby_ms: standbyMs }, 'another relay is at work; standing by');
        await delay(standbyMs, undefined, { signal }).catch(() => {});
      }
      throw error;
    } finally {
      caughtUp = false;
    }
  };

  const running = [
    keepRunning('the configuration tail', () => cache.follow(signal), { signal, log }),
    keepRunning('the relay', session, { signal, log }),
  ];
  for (const one of running) one.catch(fail);
  return {
    checks: [
      { name: 'event_store', check: () => store.ping() },
      { name: 'nats', check: () => messaging.ping() },
      {
        name: 'caught_up',
        check: () => {
          if (!caughtUp) throw new Error('catching up, or standing by for another relay');
        },
      },
    ],
    stop: async () => {
      await Promise.allSettled(running);
      await messaging.close();
      await store.close();
    },
  };
};
