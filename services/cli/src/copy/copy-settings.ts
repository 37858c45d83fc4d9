import type { EventStore, StreamSettings } from '@mission-control/event-store';
import { copiedSettings, streamOf } from '../log/own-streams.ts';
import { replaceHidden } from './hidden-revisions.ts';

const atOnce = 50;

/**
 * Gives the streams of the target the metadata and tombstones of the source, after all events are copied. What is hidden in the source is
 * hidden by `truncateBefore`, because in the target every event is young.
 */
export const copySettings = async (
  source: EventStore,
  target: EventStore,
  settings: ReadonlyMap<string, StreamSettings>,
): Promise<void> => {
  const firsts = await firstVisible(source, settings);
  for (const [stream, before] of await hiddenStreams(source, firsts)) {
    firsts.set(stream, before);
    await replaceHidden(target, {
      stream,
      after: -1,
      before,
      metadata: settings.get(stream)?.metadata ?? {},
    });
  }
  const there = await copiedSettings(target);
  const wanted = [...settings.values()].map((one) => withTruncation(one, firsts.get(one.stream) ?? 0));
  await inParts(
    wanted.filter((one) => !isSame(one, there.get(one.stream))),
    ({ stream, metadata, tombstoned }) =>
      tombstoned ? target.tombstone(stream) : target.setStreamMetadata(stream, metadata),
  );
};

/** By stream: the first visible revision; undefined where none is visible. */
const firstVisible = async (
  source: EventStore,
  settings: ReadonlyMap<string, StreamSettings>,
): Promise<Map<string, number | undefined>> => {
  const firsts = new Map<string, number | undefined>();
  const open = [...settings.values()].filter(({ tombstoned }) => !tombstoned);
  await inParts(open, async ({ stream }) => {
    const [first] = await Array.fromAsync(source.readStream(stream, { limit: 1 }));
    firsts.set(stream, first?.revision);
  });
  return firsts;
};

/** The streams whose events are all hidden, with the revision that follows. Reads the whole log if there may be any. */
const hiddenStreams = async (
  source: EventStore,
  firsts: ReadonlyMap<string, number | undefined>,
): Promise<Map<string, number>> => {
  const hidden = new Map<string, number>();
  const candidates = new Set([...firsts].flatMap(([stream, first]) => (first === undefined ? [stream] : [])));
  if (candidates.size === 0) return hidden;
  for await (const entry of source.readWholeLog()) {
    const stream = streamOf(entry);
    if (entry.kind === 'hidden' && candidates.has(stream)) hidden.set(stream, entry.revision + 1);
  }
  return hidden;
};

const withTruncation = ({ stream, metadata, tombstoned }: StreamSettings, first: number): StreamSettings => {
  const truncateBefore = Math.max(first, metadata.truncateBefore ?? 0);
  return { stream, tombstoned, metadata: { ...metadata, ...(truncateBefore > 0 && { truncateBefore }) } };
};

const isSame = (one: StreamSettings, other: StreamSettings | undefined): boolean =>
  other !== undefined &&
  one.tombstoned === other.tombstoned &&
  (one.tombstoned ||
    (['maxCount', 'maxAgeSeconds', 'truncateBefore'] as const).every(
      (name) => one.metadata[name] === other.metadata[name],
    ));

const inParts = async <T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> => {
  for (let n = 0; n < all.length; n += atOnce) await Promise.all(all.slice(n, n + atOnce).map(work));
};
