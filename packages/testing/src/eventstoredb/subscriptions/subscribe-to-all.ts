import { at, compare, type LogPosition, nowhere } from '../log/log-position.ts';
import type { LogRecord } from '../log/record.ts';
import type { TransactionLog } from '../log/transaction-log.ts';
import type { EventFilter } from '../reading/event-filter.ts';
import { pageForwards } from '../reading/read-all.ts';
import type { ServerTime } from '../server/server-time.ts';
import type { Session } from '../service/session.ts';
import { LiveQueue } from './live-queue.ts';
import { caughtUp, confirmation, type SubscriptionMessage } from './message.ts';

const pageSize = 32;

export interface SubscribeToAllDemand {
  /** Exclusive. */
  readonly from: LogPosition | 'start' | 'end';
  readonly filter: EventFilter;
  /** The number of events to examine per page. */
  readonly window: number;
  /** The number of events between two checkpoints. Absent without a filter: the server then sends none. */
  readonly checkpointInterval?: number;
}

interface LiveItem {
  readonly position: LogPosition;
  /** Absent if the item is a checkpoint. */
  readonly record?: LogRecord;
}

/**
 * Sends the confirmation, then existing events, then caught_up, then new events. If the consumer is too slow for the queue of live
 * events, it starts over with the events that follow the last one sent, caught_up included.
 *
 * A position beyond the head counts as caught up, and nothing up to that position is ever sent.
 */
export async function* subscribeToAll(
  { log, feed, time }: Pick<Session, 'log' | 'feed' | 'time'>,
  signal: AbortSignal,
  demand: SubscribeToAllDemand,
): AsyncGenerator<SubscriptionMessage> {
  const live = new LiveQueue<LiveItem>(signal);
  const stop = feed.listen(liveItems(live, demand, time));
  try {
    const head = at(log.last);
    yield confirmation;
    let position = demand.from === 'start' ? nowhere : demand.from === 'end' ? head : demand.from;
    let sequence = 0;
    if (compare(position, head) >= 0) [position, sequence] = yield* goLive(live, position, sequence);
    for (;;) {
      signal.throwIfAborted();
      position = yield* catchUp(log, position, demand);
      [position, sequence] = yield* goLive(live, position, sequence);
    }
  } finally {
    stop();
  }
}

/** Checkpoints count every event, including those that the filter hides. */
const liveItems = (
  live: LiveQueue<LiveItem>,
  { filter, checkpointInterval }: SubscribeToAllDemand,
  time: ServerTime,
) => {
  let counted = 0;
  return (record: LogRecord): void => {
    const position = at(record.position);
    if (filter(record)) live.push({ position, record });
    if (checkpointInterval !== undefined) time.charge('considered');
    counted += 1;
    if (counted !== checkpointInterval) return;
    time.charge('checkpoint');
    live.push({ position });
    counted = 0;
  };
};

async function* catchUp(
  log: TransactionLog,
  from: LogPosition,
  { filter, window, checkpointInterval = Number.POSITIVE_INFINITY }: SubscribeToAllDemand,
): AsyncGenerator<SubscriptionMessage, LogPosition> {
  let sent = from;
  let considered = 0;
  let next = from.commit < 0 ? at(0) : from;
  for (;;) {
    const page = pageForwards(log, next, { count: pageSize, window, filter });
    for (const record of page.events) {
      if (compare(at(record.position), sent) <= 0) continue;
      yield { kind: 'event', record };
      sent = at(record.position);
    }
    considered += page.considered;
    const isDue = considered >= checkpointInterval;
    if (page.isEnd) {
      // The position of the last event sent, however far behind the head. If none was ever sent, this is "nowhere", which is the
      // largest position on the wire. Real servers of version 24 do the same.
      yield { kind: 'checkpoint', position: sent };
      return sent;
    }
    if (isDue) {
      considered %= checkpointInterval;
      if (compare(sent, page.from) < 0) sent = page.from;
      yield { kind: 'checkpoint', position: sent };
    }
    next = page.next;
  }
}

/** Returns when live events have been dropped. */
async function* goLive(
  live: LiveQueue<LiveItem>,
  from: LogPosition,
  fromSequence: number,
): AsyncGenerator<SubscriptionMessage, [LogPosition, number]> {
  let sent = from;
  let last = fromSequence;
  yield caughtUp;
  for (;;) {
    const { sequence, item } = await live.next();
    const isNext = sequence === last + 1;
    last = sequence;
    const order = compare(item.position, sent);
    if (item.record ? order <= 0 : order < 0) continue;
    if (!isNext) {
      yield { kind: 'checkpoint', position: sent };
      return [sent, last];
    }
    yield item.record
      ? { kind: 'event', record: item.record }
      : { kind: 'checkpoint', position: item.position };
    sent = item.position;
  }
}
