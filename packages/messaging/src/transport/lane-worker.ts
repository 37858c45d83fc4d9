import { setTimeout as delay } from 'node:timers/promises';
import { type DeliveryReference, deliveryReferenceSchema, type Lane } from '@mission-control/contracts';
import type { Messaging } from '../connection/connect.ts';
import { ackWaitMs } from '../lanes/lanes.ts';
import type { MessagingLog } from '../log.ts';
import { type PulledMessage, pullOne } from './pull.ts';

export interface LaneWork {
  readonly messaging: Messaging;
  readonly lane: Lane;
  readonly log: MessagingLog;
  readonly signal: AbortSignal;
  /** Resolves when a message may be pulled. */
  readonly mayPull: (lane: Lane, signal: AbortSignal) => Promise<void>;
  readonly handle: (reference: DeliveryReference) => Promise<void>;
}

const firstPauseMs = 200;
const longestPauseMs = 10_000;

/**
 * Serves a lane: pulls one message, handles it, acknowledges it, and pulls the next. A handler that fails is called again after a
 * pause that doubles up to 10 s. The message stays in hand meanwhile, because giving it back would change the order.
 *
 * Ends when the signal is aborted or the lane is gone.
 */
export const serveLane = async (work: LaneWork): Promise<void> => {
  const { messaging, lane, log, signal } = work;
  while (!signal.aborted) {
    try {
      await work.mayPull(lane, signal);
      if (signal.aborted) return;
      const message = await unlessAborted(pullOne(messaging, lane), signal);
      if (message === 'gone') return;
      if (message !== 'none') await handleOne(work, message);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error, lane }, 'cannot serve a lane; trying again');
      await pause(firstPauseMs, signal);
    }
  }
};

const handleOne = async (work: LaneWork, message: PulledMessage): Promise<void> => {
  const reference = readReference(message.data);
  if (!reference) {
    work.log.error({ lane: work.lane }, 'discarded a message that is not a delivery reference');
    return message.terminate();
  }
  const progress = setInterval(message.working, ackWaitMs / 3);
  try {
    for (let pauseMs = firstPauseMs; !work.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await work.handle(reference);
        return message.ack();
      } catch (error) {
        if (work.signal.aborted) return;
        work.log.warn(
          { err: error, payload_id: reference.payloadId },
          'handling a delivery failed; trying again',
        );
        await pause(pauseMs, work.signal);
      }
    }
  } finally {
    clearInterval(progress);
  }
};

const readReference = (data: Uint8Array): DeliveryReference | null => {
  try {
    return deliveryReferenceSchema.parse(JSON.parse(Buffer.from(data).toString('utf8')));
  } catch {
    return null;
  }
};

/** Rejects as soon as the signal is aborted. A message that arrives later is dropped here and handed out again by the server. */
const unlessAborted = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  promise.catch(() => {});
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
};

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  delay(milliseconds, undefined, { signal }).catch(() => {});
