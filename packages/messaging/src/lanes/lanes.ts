import {
  deliveriesStream,
  type Lane,
  laneConsumer,
  laneConsumerPrefix,
  laneOfSubject,
  laneSubject,
} from '@mission-control/contracts';
import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiCodes,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { isApiError, readStreamTail } from './stream.ts';

/** A message is handed out again after this many milliseconds without a sign of progress. */
export const ackWaitMs = 10_000;

/** The state of a lane on the server. */
export interface LaneState {
  readonly lane: Lane;
  /** Messages up to this sequence of the stream have left the lane. */
  readonly settledUpTo: number;
  /** No message waits and none is being handled. */
  readonly empty: boolean;
}

/**
 * Creates the consumer of the lane if it is missing. It hands out one message at a time, any number of times: the notifier is
 * responsible for order and attempts, and JetStream only wakes it.
 */
export const ensureLane = async (manager: JetStreamManager, lane: Lane): Promise<void> => {
  await manager.consumers.add(deliveriesStream, {
    durable_name: laneConsumer(lane),
    filter_subject: laneSubject(lane),
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    max_ack_pending: 1,
    max_deliver: -1,
    ack_wait: nanos(ackWaitMs),
  });
};

/** All lanes that have a consumer; empty if the stream does not exist. */
export const listLanes = async (manager: JetStreamManager): Promise<LaneState[]> =>
  (await laneConsumers(manager)).map(({ lane, info }) => ({
    lane,
    settledUpTo: info.ack_floor.stream_seq,
    empty: info.num_pending === 0 && info.num_ack_pending === 0,
  }));

/**
 * Recreates consumers that are ahead of their stream. After the stream lost its last messages, they would silently skip new
 * messages that are stored under the lost sequences. Resolves to the lanes of these consumers.
 */
export const recreateLanesAhead = async (manager: JetStreamManager): Promise<Lane[]> => {
  // In this order: a message published in between must not make its consumer look ahead of the stream.
  const consumers = await laneConsumers(manager);
  const lastSequence = (await readStreamTail(manager))?.lastSequence ?? 0;
  const ahead = consumers.filter(
    ({ info }) => Math.max(info.delivered.stream_seq, info.ack_floor.stream_seq) > lastSequence,
  );
  for (const { lane, info } of ahead) {
    await manager.consumers.delete(deliveriesStream, info.name);
    await ensureLane(manager, lane);
  }
  return ahead.map(({ lane }) => lane);
};

const laneConsumers = async (manager: JetStreamManager): Promise<{ lane: Lane; info: ConsumerInfo }[]> => {
  const found: { lane: Lane; info: ConsumerInfo }[] = [];
  try {
    for await (const info of manager.consumers.list(deliveriesStream)) {
      const lane = laneOfSubject(info.config.filter_subject ?? '');
      if (lane && info.name.startsWith(laneConsumerPrefix)) found.push({ lane, info });
    }
  } catch (error) {
    if (!isApiError(error, JetStreamApiCodes.StreamNotFound)) throw error;
  }
  return found;
};
