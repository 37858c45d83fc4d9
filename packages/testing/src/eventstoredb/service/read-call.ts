import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { compare, type LogPosition } from '../log/log-position.ts';
import { InvalidPosition } from '../log/transaction-log.ts';
import { readAll } from '../reading/read-all.ts';
import { readStream, StreamWasDeleted, unreadable } from '../reading/read-stream.ts';
import type { SubscriptionMessage } from '../subscriptions/message.ts';
import { subscribeToAll } from '../subscriptions/subscribe-to-all.ts';
import { subscribeToStream } from '../subscriptions/subscribe-to-stream.ts';
import { readAnswer } from './messages.ts';
import { type ReadDemand, readDemand } from './read-demand.ts';
import { rejectionOf } from './rejection-of.ts';
import { isStatus, rpcErrors } from './rpc-errors.ts';
import type { Session } from './session.ts';

type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
type Answers = Iterable<ReadResp> | AsyncIterable<ReadResp>;

/** Reads and subscriptions use the same call. */
export const readCall =
  (session: Session) =>
  (call: ReadCall): void => {
    serve(session, call).catch((error: unknown) => {
      // Any other error ends the connection, or the client is no longer interested.
      if (isStatus(error) && !call.cancelled) call.emit('error', error);
    });
  };

const serve = async (session: Session, call: ReadCall): Promise<void> => {
  const demand = readDemand(call.request);
  try {
    await send(session, call, demand);
  } catch (error) {
    if (error instanceof InvalidPosition) throw rpcErrors.invalidPosition(demand.kind === 'subscribe_to_all');
    throw error instanceof StreamWasDeleted ? rpcErrors.streamDeleted(demand.stream) : error;
  }
};

const send = async (session: Session, call: ReadCall, demand: ReadDemand): Promise<void> => {
  const rejection = rejectionOf(session, call.metadata, demand.stream);
  if (rejection) throw rejection;
  await session.gate.opened;
  const left = new AbortController();
  call.once('cancelled', () => left.abort());
  if (call.cancelled) return;
  const { signal } = left;
  for await (const answer of answers(session, demand, signal)) {
    if (session.gate.opened) await session.gate.opened;
    signal.throwIfAborted();
    if (!call.write(answer)) await once(call, 'drain', { signal });
  }
  call.end();
};

const answers = (session: Session, demand: ReadDemand, signal: AbortSignal): Answers => {
  const { log, writer, feed, time } = session;
  switch (demand.kind) {
    case 'read_all':
      return readAll(log, demand).map(readAnswer.event);
    case 'read_stream': {
      const reason = unreadable(writer.index, demand.stream);
      if (reason === 'deleted') throw new StreamWasDeleted();
      if (reason === 'not_found') return [readAnswer.streamNotFound(demand.stream)];
      return readStream(writer.index, demand).map(readAnswer.event);
    }
    case 'subscribe_to_all':
      return subscriptionAnswers(subscribeToAll({ log, feed, time }, signal, demand), {
        tellsCheckpoints: demand.checkpointInterval !== undefined,
      });
    case 'subscribe_to_stream':
      return subscriptionAnswers(subscribeToStream(writer.index, feed, signal, demand), {
        tellsCheckpoints: false,
      });
  }
};

/** Sends only those checkpoints that advance. */
async function* subscriptionAnswers(
  messages: AsyncIterable<SubscriptionMessage>,
  { tellsCheckpoints }: { readonly tellsCheckpoints: boolean },
): AsyncIterable<ReadResp> {
  let told: LogPosition | undefined;
  for await (const message of messages) {
    switch (message.kind) {
      case 'event':
        yield readAnswer.event(message.record);
        break;
      case 'confirmation':
        yield readAnswer.confirmation(randomUUID());
        break;
      case 'caught_up':
        yield readAnswer.caughtUp();
        break;
      case 'checkpoint':
        if (!tellsCheckpoints || (told && compare(asSent(message.position), told) <= 0)) break;
        told = asSent(message.position);
        yield readAnswer.checkpoint(message.position);
    }
  }
}

/** "Nowhere" is the largest number on the wire: once it has been sent, no checkpoint is larger. */
const asSent = (position: LogPosition): LogPosition =>
  position.commit < 0 ? { commit: Number.POSITIVE_INFINITY, prepare: Number.POSITIVE_INFINITY } : position;
