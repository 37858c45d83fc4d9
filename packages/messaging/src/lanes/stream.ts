import { type Lane, laneName } from '@mission-control/contracts';
import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { Messaging } from '../connection/connect.ts';

/** Maximum number of messages in the stream. When it is full, the publisher waits, and with it the reader of the log. */
export const largestBacklog = 100_000;

const duplicateWindowMs = 2 * 60_000;

const config = {
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
export const ensureDeliveriesStream = async (messaging: Messaging): Promise<StreamTail> => {
  const { manager, names } = messaging;
  const settings = { subjects: [names.subjects], ...config };
  return tailOf(
    (await findStream(messaging))
      ? await manager.streams.update(names.stream, settings)
      : await manager.streams.add({ name: names.stream, ...settings }),
  );
};

/** null: the stream does not exist. */
export const readStreamTail = async (messaging: Messaging): Promise<StreamTail | null> => {
  const info = await findStream(messaging);
  return info && tailOf(info);
};

/** The lanes with messages in the stream; none if the stream does not exist. */
export const lanesWithMessages = async (messaging: Messaging): Promise<Lane[]> => {
  const info = await findStream(messaging, { subjects_filter: messaging.names.subjects });
  const lanes = new Map<string, Lane>();
  for (const subject of Object.keys(info?.state.subjects ?? {})) {
    const lane = messaging.names.laneOfSubject(subject);
    if (lane) lanes.set(laneName(lane), lane);
  }
  return [...lanes.values()];
};

/** Whether the message is still in the stream, that is, unacknowledged. */
export const isWaiting = async ({ manager, names }: Messaging, sequence: number): Promise<boolean> =>
  (await manager.streams.getMessage(names.stream, { seq: sequence })) !== null;

const findStream = async (
  { manager, names }: Messaging,
  options: { subjects_filter?: string } = {},
): Promise<StreamInfo | null> => {
  try {
    return await manager.streams.info(names.stream, options);
  } catch (error) {
    if (isApiError(error, JetStreamApiCodes.StreamNotFound)) return null;
    throw error;
  }
};

export const isApiError = (error: unknown, ...codes: readonly number[]): boolean =>
  error instanceof JetStreamApiError && codes.includes(error.code);
