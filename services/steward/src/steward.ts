import { setTimeout as delay } from 'node:timers/promises';
import { CheckpointConflict, StoredCheckpoint } from '@mission-control/aggregates';
import { parseEvent } from '@mission-control/contracts';
import { type Checkpoint, CheckpointNotInLog, type EventStore } from '@mission-control/event-store';
import { keepRunning, type RunningService, type ServiceContext } from '@mission-control/runtime';
import type { StewardConfig } from './config.ts';
import { dutiesAfter, occasions } from './duties.ts';
import { UnavailableGateways } from './resuming/unavailable-gateways.ts';
import { WorkQueue } from './work-queue.ts';

/**
 * Minimum time between two moves of the checkpoint. After a crash, the steward repeats what it did since the last move, which
 * changes nothing.
 */
const moveEveryMs = 5_000;
/** How long a steward stands by when another one is running. */
const standbyMs = 15_000;

/** Runs the duties that facts demand, until the signal is aborted. After any failure it starts again from its checkpoint. */
export const startSteward = async (
  { config, log, metrics, signal, fail }: ServiceContext<StewardConfig>,
  openStore: () => Promise<EventStore>,
): Promise<RunningService> => {
  const store = await openStore();
  let caughtUp = false;
  let fromStart = false;
  let work = new WorkQueue();
  metrics.meter
    .createObservableGauge('steward_open_tasks', {
      description: 'Facts whose consequences are still to be carried out',
    })
    .addCallback((result) => result.observe(work.open));

  const session = async (): Promise<void> => {
    const place = await StoredCheckpoint.load(store, 'steward');
    work = new WorkQueue();
    const unavailable = new UnavailableGateways();
    let read: Checkpoint | null = fromStart ? null : place.checkpoint;
    let lastMove = performance.now();
    const ending = new AbortController();
    const sessionSignal = AbortSignal.any([signal, ending.signal]);

    const moveOn = async () => {
      const reached = work.checkpointAfter(read);
      if (!reached || reached.eventId === place.checkpoint?.eventId) return;
      await place.move(reached);
      lastMove = performance.now();
    };
    const readOn = async () => {
      const from = read ?? 'start';
      for await (const message of store.subscribeToAll({
        from,
        filter: { types: occasions },
        signal: sessionSignal,
      })) {
        if (message.kind === 'event') {
          const occasion = parseEvent(message.event);
          for (const duty of dutiesAfter(occasion, config.DELIVERY_RESUME_MAX_AGE_SECONDS, unavailable)) {
            work.add({
              before: read,
              dueAt: Date.parse(occasion.recordedAt) + duty.delayMs,
              run: () => duty.run({ store, log }),
            });
          }
          read = message.checkpoint;
        } else if (message.kind === 'caught_up') {
          caughtUp = true;
          fromStart = false;
        }
      }
    };
    const keepPlace = async () => {
      while (!sessionSignal.aborted) {
        await delay(moveEveryMs, undefined, { signal: sessionSignal }).catch(() => {});
        if (performance.now() - lastMove >= moveEveryMs) await moveOn();
      }
    };

    const parts = [readOn(), work.run(sessionSignal), keepPlace()];
    try {
      await Promise.race(parts);
    } catch (error) {
      if (error instanceof CheckpointNotInLog) {
        fromStart = true;
        log.error(
          { err: error },
          'the log was restored or replaced: reading it from the start, which repeats nothing',
        );
      }
      if (error instanceof CheckpointConflict) {
        log.warn({ standby_ms: standbyMs }, 'another steward is at work; standing by');
        await delay(standbyMs, undefined, { signal }).catch(() => {});
      }
      throw error;
    } finally {
      caughtUp = false;
      ending.abort();
      await Promise.allSettled(parts);
      if (signal.aborted) await moveOn();
    }
  };

  const running = keepRunning('the steward', session, { signal, log });
  running.catch(fail);
  return {
    checks: [
      { name: 'event_store', check: () => store.ping() },
      {
        name: 'caught_up',
        check: () => {
          if (!caughtUp) throw new Error('catching up, or standing by for another steward');
        },
      },
    ],
    stop: async () => {
      await running.catch(() => {});
      await store.close();
    },
  };
};
