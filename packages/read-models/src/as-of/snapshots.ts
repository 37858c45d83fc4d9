import type { EventStore } from '@mission-control/event-store';
import { LRUCache } from 'lru-cache';
import type { ResourceState, UpTo } from './configuration.ts';

/** A state and the event that led to it. */
export interface Snapshot {
  readonly state: ResourceState;
  readonly revision: number;
  readonly position: bigint;
  readonly eventId: string;
}

/** Changes between two snapshots: a later question folds at most as many. */
const every = 50;
/** Streams with fewer changes have no snapshots. A row has some KiB. */
const snapshotsKept = 2_000;

/**
 * States of long streams, by stream. The events of these streams never change, so a state at a revision is right for ever. A log that was
 * replaced while the process ran is noticed, because the event of the snapshot is read again.
 */
const kept = new WeakMap<EventStore, LRUCache<string, Snapshot[]>>();

const ofStore = (store: EventStore): LRUCache<string, Snapshot[]> => {
  const known = kept.get(store);
  if (known) return known;
  const created = new LRUCache<string, Snapshot[]>({
    max: snapshotsKept,
    maxSize: snapshotsKept,
    sizeCalculation: (snapshots) => snapshots.length,
  });
  kept.set(store, created);
  return created;
};

/** The last snapshot that the question covers, and how many events there are from its event to that of the next one. */
export const snapshotBefore = (
  store: EventStore,
  stream: string,
  { position, revision }: UpTo,
): { last: Snapshot; events?: number } | undefined => {
  const snapshots = ofStore(store).get(stream) ?? [];
  const index = snapshots.findLastIndex(
    (one) =>
      (position === undefined || one.position <= position) &&
      (revision === undefined || one.revision <= revision),
  );
  const last = snapshots[index];
  const next = snapshots[index + 1];
  return last && { last, ...(next && { events: next.revision - last.revision + 1 }) };
};

/** Keeps some of the states that a fold passes. */
export const keepSnapshot = (store: EventStore, stream: string, snapshot: Snapshot): void => {
  if (snapshot.revision % every !== every - 1) return;
  const snapshots = ofStore(store).get(stream) ?? [];
  if (snapshots.some((one) => one.revision === snapshot.revision)) return;
  ofStore(store).set(
    stream,
    [...snapshots, snapshot].toSorted((one, other) => one.revision - other.revision),
  );
};

export const forgetSnapshots = (store: EventStore, stream: string): void => {
  ofStore(store).delete(stream);
};
