import type { Lane } from '@mission-control/contracts';
import { AckPolicy, DeliverPolicy, JetStreamApiCodes } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Messaging } from '../connection/connect.ts';
import { isApiError, largestBacklog } from './stream.ts';

/** The server deletes a consumer when nothing was pulled through it for this long. */
export const ownershipMs = 5_000;

/** Long enough that nothing is handed out twice to one owner. The server does not accept "never". */
const ackWaitMs = 24 * 60 * 60_000;
/** A work-queue stream already has a consumer with an overlapping filter. */
const notUnique = 10_100;

/**
 * Creates the only consumer of a lane. Its name must be new: a consumer of the same name would be shared with its creator. It is kept in
 * memory, so it begins with all unacknowledged messages of the lane.
 *
 * @returns false if the lane has another consumer
 */
export const createConsumer = async (
  { manager, names }: Messaging,
  lane: Lane,
  name: string,
): Promise<boolean> => {
  try {
    await manager.consumers.add(names.stream, {
      name,
      filter_subject: names.laneFilter(lane),
      ack_policy: AckPolicy.Explicit,
      deliver_policy: DeliverPolicy.All,
      max_ack_pending: largestBacklog,
      max_deliver: -1,
      ack_wait: nanos(ackWaitMs),
      inactive_threshold: nanos(ownershipMs),
      mem_storage: true,
    });
    return true;
  } catch (error) {
    if (isApiError(error, notUnique)) return false;
    throw error;
  }
};

/** The consumers of lanes. */
export interface LaneConsumers {
  readonly owned: readonly Lane[];
  /** Names of durable consumers, which notifiers of an older release shared. They keep lanes from being owned. */
  readonly outdated: readonly string[];
}

/** None if the stream does not exist. */
export const listConsumers = async ({ manager, names }: Messaging): Promise<LaneConsumers> => {
  const owned: Lane[] = [];
  const outdated: string[] = [];
  try {
    for await (const { name, config } of manager.consumers.list(names.stream)) {
      const lane = names.laneOfSubject(config.filter_subject ?? '');
      if (!lane) continue;
      if (config.durable_name?.startsWith('notifier-')) outdated.push(name);
      else owned.push(lane);
    }
  } catch (error) {
    if (!isApiError(error, JetStreamApiCodes.StreamNotFound)) throw error;
  }
  return { owned, outdated };
};
