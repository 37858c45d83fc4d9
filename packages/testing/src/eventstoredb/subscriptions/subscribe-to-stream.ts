import { deletedRevision, type LogRecord } from '../log/record.ts';
import { readStream, StreamWasDeleted, unreadable } from '../reading/read-stream.ts';
import type { StreamIndex } from '../streams/stream-index.ts';
import type { LiveFeed } from './live-feed.ts';
import { LiveQueue } from './live-queue.ts';
import { caughtUp, confirmation, type SubscriptionMessage } from './message.ts';

export interface SubscribeToStreamDemand {
  readonly stream: string;
  /** Exclusive; -1 for the start. */
  readonly from: number | 'end';
}

/** Like `subscribeToAll`, for one stream. Ends with an error when the stream is tombstoned. */
export async function* subscribeToStream(
  index: StreamIndex,
  feed: LiveFeed,
  signal: AbortSignal,
  { stream, from }: SubscribeToStreamDemand,
): AsyncGenerator<SubscriptionMessage> {
  const head = index.last(stream);
  if (head === deletedRevision) throw new StreamWasDeleted();
  const live = new LiveQueue<LogRecord>(signal);
  const stop = feed.listen((record) => {
    if (record.stream === stream) live.push(record);
  });
  try {
    yield confirmation;
    let revision = from === 'end' ? head : from;
    let sequence = 0;
    if (revision >= head) [revision, sequence] = yield* goLive(live, revision, sequence);
    for (;;) {
      signal.throwIfAborted();
      revision = yield* catchUp(index, stream, revision);
      [revision, sequence] = yield* goLive(live, revision, sequence);
    }
  } finally {
    stop();
  }
}

async function* catchUp(
  index: StreamIndex,
  stream: string,
  from: number,
): AsyncGenerator<SubscriptionMessage, number> {
  let sent = from;
  const reason = unreadable(index, stream);
  if (reason === 'deleted') throw new StreamWasDeleted();
  if (reason === 'not_found') return sent;
  const count = Number.POSITIVE_INFINITY;
  for (const record of readStream(index, { stream, from: from + 1, backwards: false, count })) {
    yield { kind: 'event', record };
    sent = record.revision;
  }
  return sent;
}

/** Returns when live events have been dropped. */
async function* goLive(
  live: LiveQueue<LogRecord>,
  from: number,
  fromSequence: number,
): AsyncGenerator<SubscriptionMessage, [number, number]> {
  let sent = from;
  let last = fromSequence;
  yield caughtUp;
  for (;;) {
    const { sequence, item: record } = await live.next();
    const isNext = sequence === last + 1;
    last = sequence;
    if (record.revision <= sent) continue;
    if (!isNext) return [sent, last];
    yield { kind: 'event', record };
    if (record.revision === deletedRevision) throw new StreamWasDeleted();
    sent = record.revision;
  }
}
