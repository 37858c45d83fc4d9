import { deletedRevision } from '../log/record.ts';
import { metastreamOf } from '../streams/metadata.ts';
import type { StreamIndex } from '../streams/stream-index.ts';
import { expected } from './expected-revision.ts';
import type { WriteOutcome } from './outcome.ts';
import type { RecentAppends } from './recent-appends.ts';

type Check = WriteOutcome | { readonly kind: 'go_on' };

interface Demand {
  readonly stream: string;
  readonly expectedRevision: number;
  readonly ids: readonly string[];
}

/** Decides whether to write an append, to treat it as a repeat or to reject it. */
export const checkAppend = (
  index: StreamIndex,
  recent: RecentAppends,
  { stream, expectedRevision, ids }: Demand,
): Check => {
  const current = index.last(stream);
  const conflict = { kind: 'wrong_expected_version', current } as const;
  const repeated = (revision: number) =>
    ({ kind: 'written', revision, position: index.shown(stream, revision)?.position ?? -1 }) as const;
  if (current === deletedRevision) return { kind: 'stream_deleted' };

  if (expectedRevision === expected.streamExists) {
    if (index.isSoftDeleted(stream)) return { kind: 'stream_deleted' };
    if (current < 0 && index.last(metastreamOf(stream)) < 0) return conflict;
  }

  if (expectedRevision === expected.any || expectedRevision === expected.streamExists) {
    const revisions = ids.map((id) => recent.revision(id, stream));
    const [first, last] = [revisions[0], revisions.at(-1)];
    if (first === undefined) return { kind: 'go_on' };
    return last === undefined || revisions.includes(undefined) ? conflict : repeated(last);
  }

  if (expectedRevision >= current) return expectedRevision === current ? { kind: 'go_on' } : conflict;

  const isRepeat = (id: string, offset: number): boolean => {
    const revision = expectedRevision + 1 + offset;
    return recent.revision(id, stream) === revision || index.record(stream, revision)?.id === id;
  };
  if (ids.length > 0 && ids.every(isRepeat)) return repeated(expectedRevision + ids.length);
  const isNew = ids[0] === undefined || !isRepeat(ids[0], 0);
  const startsAnew = isNew && expectedRevision === expected.noStream && index.isSoftDeleted(stream);
  return startsAnew ? { kind: 'go_on' } : conflict;
};
