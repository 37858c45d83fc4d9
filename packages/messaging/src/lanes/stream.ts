import {
  deliveriesStream,
  deliveriesSubjects,
  type Lane,
  laneName,
  laneOfSubject,
} from '@mission-control/contracts';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';

/** Maximum number of messages in the stream. When it is full, the publisher waits, and with it the reader of the log. */
export const largestBacklog = 100_000;

const duplicateWindowMs = 2 * 60_000;

const config = {
  subjects: [deliveriesSubjects],
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  duplicate_window: nanos(duplicateWindowMs),
  max_msgs: largestBacklog,
  max_bytes: 128 * 1024 * 1024,
  max_msg_size: 16 * 1024,
};

/** The identity of a stream and its last sequence. Another stream with the same name has another creation time. */
export interface StreamTail {
  readonly created: string;
  readonly lastSequence: number;
}

const tailOf = (info: StreamInfo): StreamTail => ({
  created: String(info.created),
  lastSequence: info.state.last_seq,
});

/** Creates the stream, or applies the settings of this release to an existing one. */
export const ensureDeliveriesStream = async (manager: JetStreamManager): Promise<StreamTail> =>
  tailOf(
    (await findStream(manager))
      ? await manager.streams.update(deliveriesStream, config)
      : await manager.streams.add({ name: deliveriesStream, ...config }),
  );

/** null: the stream does not exist. */
export const readStreamTail = async (manager: JetStreamManager): Promise<StreamTail | null> => {
  const info = await findStream(manager);
  return info && tailOf(info);
};

/** The lanes with messages in the stream; none if the stream does not exist. */
export const lanesWithMessages = async (manager: JetStreamManager): Promise<Lane[]> => {
  const info = await findStream(manager, { subjects_filter: deliveriesSubjects });
  const lanes = new Map<string, Lane>();
  for (const subject of Object.keys(info?.state.subjects ?? {})) {
    const lane = laneOfSubject(subject);
    if (lane) lanes.set(laneName(lane), lane);
  }
  return [...lanes.values()];
};

/** Whether the message is still in the stream, that is, unacknowledged. */
export const isWaiting = async (manager: JetStreamManager, sequence: number): Promise<boolean> =>
  (await manager.streams.getMessage(deliveriesStream, { seq: sequence })) !== null;

const findStream = async (
  manager: JetStreamManager,
  options: { subjects_filter?: string } = {},
): Promise<StreamInfo | null> => {
  try {
    return await manager.streams.info(deliveriesStream, options);
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return null;
    throw error;
  }
};

export const isApiError = (error: unknown, ...codes: readonly number[]): boolean =>
  error instanceof JetStreamApiError && codes.includes(error.code);
