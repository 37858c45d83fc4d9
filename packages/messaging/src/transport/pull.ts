import { deliveriesStream, type Lane, laneConsumer } from '@mission-control/contracts';
import { type Msg, NoRespondersError, type RequestError, TimeoutError } from '@nats-io/transport-node';
import type { Messaging } from '../connection/connect.ts';

/** How long the server holds a request for a message open, in milliseconds. */
const pullMs = 5_000;
const graceMs = 1_000;

/** A message in hand. If it is not acknowledged in time, it is handed out again. */
export interface PulledMessage {
  readonly data: Uint8Array;
  /** Done: the message leaves the lane. */
  readonly ack: () => void;
  /** Still in progress: the time to acknowledge starts over. */
  readonly working: () => void;
  /** The message can never be understood: it leaves the lane. */
  readonly terminate: () => void;
}

/**
 * Requests the next message of the lane: one request, one answer, so no message waits unhandled in this process. Waits for at
 * most 5 s.
 *
 * @returns `none` when no message arrived, `gone` when the lane has no consumer (any more)
 */
export const pullOne = async (messaging: Messaging, lane: Lane): Promise<PulledMessage | 'none' | 'gone'> => {
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${deliveriesStream}.${laneConsumer(lane)}`;
  const request = JSON.stringify({ batch: 1, expires: pullMs * 1_000_000 });
  let answer: Msg;
  try {
    // The subject of the answer is the lane's, not the inbox's, so the request cannot share the client's inbox.
    answer = await messaging.connection.request(subject, request, {
      timeout: pullMs + graceMs,
      noMux: true,
    });
  } catch (error) {
    if (error instanceof TimeoutError) return 'none';
    if ((error as RequestError).cause instanceof NoRespondersError) return 'gone';
    throw error;
  }
  // An answer without a reply subject is a status: expired, too many requests, consumer deleted.
  if (!answer.reply) return answer.headers?.code === 409 ? 'gone' : 'none';
  return {
    data: answer.data,
    ack: () => answer.respond('+ACK'),
    working: () => answer.respond('+WPI'),
    terminate: () => answer.respond('+TERM'),
  };
};
