import { randomUUID } from 'node:crypto';
import { EventTooLarge } from '../errors.ts';
import type { LargestEvent } from '../options.ts';
import type { AppendQueue } from './append-queue.ts';
import { metadataStreamOf, ownStreams } from './requests.ts';

/**
 * Checks in advance, before a sender runs into it, whether the server accepts the largest event that the caller will append.
 * Appends such an event to a stream that keeps a single event. @throws EventTooLarge
 */
export const probeLargestEvent = async (
  queue: AppendQueue,
  { bytes, setting }: LargestEvent,
  largestAppend: number,
): Promise<void> => {
  const message = (why: string, serverSetting: string | undefined): string =>
    `the event store does not accept an event of ${bytes} bytes, which ${setting} requires (${why}): ` +
    `${serverSetting === undefined ? '' : `raise ${serverSetting} of the server, or `}lower ${setting}`;
  if (bytes > largestAppend) {
    throw new EventTooLarge(message(`the limit is ${largestAppend} bytes`, undefined));
  }
  const keepOne = { type: '$metadata', data: JSON.stringify({ $maxCount: 1 }), metadata: '{}', bytes: 0 };
  const probe = {
    type: 'AppendProbed',
    // Servers before 24.10 count only the data towards their limit, later ones everything.
    data: `"${'x'.repeat(Math.max(bytes - 2, 0))}"`,
    metadata: '{}',
    bytes,
  };
  try {
    for (const [stream, event] of [
      [metadataStreamOf(ownStreams.probe), keepOne],
      [ownStreams.probe, probe],
    ] as const) {
      await queue.append({
        stream,
        expected: 'any',
        events: [{ id: randomUUID(), ...event }],
        repeatable: true,
      });
    }
  } catch (error) {
    if (!(error instanceof EventTooLarge)) throw error;
    const { serverSetting } = error;
    throw new EventTooLarge(message(error.message, serverSetting), {
      cause: error,
      ...(serverSetting !== undefined && { serverSetting }),
    });
  }
};
