import { deliveriesStream, type Lane, laneConsumer } from '@mission-control/contracts';
import { type Msg, NoRespondersError, type RequestError, TimeoutError } from '@nats-io/transport-node';
import type { Messaging } from '../connection/connect.ts';

/** Milliseconds that the server holds a request for a message open. */
const pullMs = 5_000;
const graceMs = 1_000;

/** A message in hand. Not acknowledged in time, it is handed out again. */
export interface PulledMessage {
  readonly data: Uint8Array;
  /** Done with: the message leaves the lane. */
  readonly ack: () => void;
  /** Still at it: the time to acknowledge begins anew. */
  readonly working: () => void;
  /** Nobody will ever understand it: the message leaves the lane. */
  readonly terminate: () => void;
}

/**
 * Asks the lane for its next message: one request, one answer, so that nothing waits in this process that is not being
 * handled. Waits for 5 s at most.
 *
 * @returns `none` when nothing came, `gone` when the lane has no consumer (any more)
 */
export const pullOne = async (messaging: Messaging, lane: Lane): Promise<PulledMessage | 'none' | 'gone'> => {
  const subject = `$JS.API.CONSUMER.MSG.NEXT.${deliveriesStream}.${laneConsumer(lane)}`;
  const request = JSON.stringify({ batch: 1, expires: pullMs * 1_000_000 });
  let answer: Msg;
  try {
    // The answer carries the lane's subject, not the inbox, so it cannot share the client's inbox for requests.
    answer = await messaging.connection.request(subject, request, {
      timeout: pullMs + graceMs,
      noMux: true,
    });
  } catch (error) {
    if (error instanceof TimeoutError) return 'none';
    if ((error as RequestError).cause instanceof NoRespondersError) return 'gone';
    throw error;
  }
  // Without a place to acknowledge it is a status: expired, too many requests, consumer deleted.
  if (!answer.reply) return answer.headers?.code === 409 ? 'gone' : 'none';
  return {
    data: answer.data,
    ack: () => answer.respond('+ACK'),
    working: () => answer.respond('+WPI'),
    terminate: () => answer.respond('+TERM'),
  };
};
