import { type DomainEvent, type EventData, isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import { hashLength, hashTextAt, type Range, Tree } from '@mission-control/merkle';
import { ApiError } from '@mission-control/runtime';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Commands } from '../../stores/commands.ts';
import { checkpointOf, noCheckpoint, type SignedCheckpoint } from './proofs.ts';

/** A batch of leaves, as it was sealed. */
interface Batch extends Pick<EventData<'LeavesSealed'>, 'firstIndex' | 'runs' | 'streams'> {
  /** One after the other. */
  readonly hashes: Buffer;
}

interface KnownBatch {
  readonly firstIndex: number;
  /** Of its event, in the stream `merkle`. */
  readonly revision: number;
  readonly position: bigint;
  /** The event of its last leaf. */
  readonly last: { readonly stream: string; readonly revision: number };
  /** The position of that event; null: the event is hidden; absent: not looked up yet. */
  end?: bigint | null;
}

export interface FoundLeaf {
  readonly index: number;
  readonly hash: Buffer;
}

/** About 150 KB each, if full. */
const batchesKept = 64;

/**
 * The Merkle log as far as proofs need it: some bytes for each group of leaves, and about 150 for each sealing event. It is read at the first
 * use after a start (some seconds for a million leaves), and from then on what is new.
 */
@Injectable()
export class MerkleLog {
  #tree = new Tree();
  #batches: KnownBatch[] = [];
  #revision = -1;
  /** The log that was read: another one replaces all of it. */
  #store: EventStore | null = null;
  #reading: Promise<void> = Promise.resolve();
  #signed: DomainEvent<'CheckpointSigned'> | null = null;
  /** What is answered about it. */
  #checkpoint: Promise<SignedCheckpoint> | null = null;
  /** By revision. Several subtrees of a proof are in the same batch, which is read once. */
  readonly #contents = new LRUCache<number, Promise<Batch>>({ max: batchesKept });

  constructor(private readonly commands: Commands) {}

  /** Reads what was sealed in the meantime. */
  async refresh(): Promise<void> {
    const reading = this.#reading.catch(() => {}).then(() => this.#readOn());
    this.#reading = reading;
    await reading;
  }

  /** Leaves that are sealed. */
  get size(): number {
    return this.#tree.size;
  }

  /**
   * The newest signed checkpoint, as of the last `refresh`. Its key is read once.
   *
   * @throws ApiError 404 while no checkpoint is signed
   */
  checkpoint(): Promise<SignedCheckpoint> {
    if (!this.#signed) return Promise.reject(noCheckpoint());
    if (!this.#checkpoint) {
      const checkpoint = checkpointOf(this.commands.asStored, this.#signed);
      this.#checkpoint = checkpoint;
      checkpoint.catch(() => {
        if (this.#checkpoint === checkpoint) this.#checkpoint = null;
      });
    }
    return this.#checkpoint;
  }

  /** The roots of subtrees, one after the other: a proof. */
  roots(ranges: readonly Range[]): Promise<Buffer[]> {
    const load = (start: number, end: number) => this.#hashesOf(start, end);
    return Promise.all(ranges.map((range) => this.#tree.rootOfRange(range, load)));
  }

  /**
   * The leaf of an event; null: it is not sealed yet, or was hidden before it could be.
   *
   * @param position of the event
   */
  async leafOf(stream: string, revision: number, position: bigint): Promise<FoundLeaf | null> {
    // Usually an event is in one of the two batches that were sealed after it.
    const after = this.#firstAfter(position);
    for (const known of this.#batches.slice(after, after + 2)) {
      const leaf = indexIn(await this.#contentOf(known), stream, revision);
      if (leaf) return leaf;
    }
    // History that was there before anything was sealed.
    const known = await this.#batchWith(position, after);
    return known && indexIn(await this.#contentOf(known), stream, revision);
  }

  async #readOn(): Promise<void> {
    const { asStored: store } = this.commands;
    if (this.#store !== store) {
      this.#store = store;
      [this.#tree, this.#batches, this.#revision] = [new Tree(), [], -1];
      [this.#signed, this.#checkpoint] = [null, null];
      this.#contents.clear();
    }
    for await (const recorded of store.readStream(streams.merkle, { from: this.#revision + 1 })) {
      const event = parseEvent(recorded);
      const { revision, position } = recorded;
      if (isEvent(event, 'LeavesSealed')) {
        const { firstIndex, runs, streams: names } = event.data;
        if (firstIndex !== this.#tree.size) throw inconsistent(revision);
        const hashes = Buffer.from(event.data.hashes, 'base64');
        for (let n = 0; n < hashes.length / hashLength; n++) this.#tree.add(hashTextAt(hashes, n));
        if (this.#tree.root().toString('base64') !== event.data.root) throw inconsistent(revision);
        const [of, first, count] = runs.at(-1) ?? [0, 0, 1];
        const last = { stream: names[of] ?? '', revision: first + count - 1 };
        this.#batches.push({ firstIndex, revision, position, last });
      }
      if (isEvent(event, 'CheckpointSigned')) [this.#signed, this.#checkpoint] = [event, null];
      this.#revision = revision;
    }
  }

  async #hashesOf(start: number, end: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (let at = this.#batchOf(start); ; at++) {
      const known = this.#batches[at];
      if (!known || known.firstIndex >= end) return Buffer.concat(parts);
      const { hashes } = await this.#contentOf(known);
      const from = Math.max(0, start - known.firstIndex);
      parts.push(hashes.subarray(from * hashLength, (end - known.firstIndex) * hashLength));
    }
  }

  /** The batch that has the leaf. */
  #batchOf(index: number): number {
    return lastWhere(this.#batches, ({ firstIndex }) => firstIndex <= index);
  }

  /** The first batch that was sealed after the position. */
  #firstAfter(position: bigint): number {
    return lastWhere(this.#batches, (batch) => batch.position <= position) + 1;
  }

  /** The batch whose leaves reach the position first, among those from `from` on. */
  async #batchWith(position: bigint, from: number): Promise<KnownBatch | null> {
    let [low, high] = [from, this.#batches.length];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const { at, end } = await this.#endOf(middle, high);
      if (end === null || end >= position) high = middle;
      else low = at + 1;
    }
    return this.#batches[low] ?? null;
  }

  /** Up to which position the leaves of a batch reach, or of the next one whose last event is not hidden; null: of none before `before`. */
  async #endOf(batch: number, before: number): Promise<{ at: number; end: bigint | null }> {
    for (let at = batch; at < before; at++) {
      const end = await this.#positionOfLast(this.#batches[at] as KnownBatch);
      if (end !== null) return { at, end };
    }
    return { at: before, end: null };
  }

  /** Read once: neither changes. */
  async #positionOfLast(batch: KnownBatch): Promise<bigint | null> {
    if (batch.end === undefined) {
      const { stream, revision } = batch.last;
      const event = await this.commands.asStored.readEvent(stream, revision);
      batch.end = event === 'gone' ? null : event.position;
    }
    return batch.end;
  }

  #contentOf({ revision }: KnownBatch): Promise<Batch> {
    const kept = this.#contents.get(revision);
    if (kept) return kept;
    const content = this.#readBatch(revision);
    this.#contents.set(revision, content);
    content.catch(() => this.#contents.delete(revision));
    return content;
  }

  async #readBatch(revision: number): Promise<Batch> {
    const recorded = await this.commands.asStored.readEvent(streams.merkle, revision);
    const event = recorded === 'gone' ? null : parseEvent(recorded);
    if (!event || !isEvent(event, 'LeavesSealed')) throw inconsistent(revision);
    const { firstIndex, runs, streams: names, hashes } = event.data;
    return { firstIndex, runs, streams: names, hashes: Buffer.from(hashes, 'base64') };
  }
}

/** Index of the last element for which the condition holds, of a list in which it holds for a beginning only; -1: none. */
const lastWhere = <T>(list: readonly T[], holds: (one: T) => boolean): number => {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(list[middle] as T)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
};

const indexIn = (batch: Batch, stream: string, revision: number): FoundLeaf | null => {
  const of = batch.streams.indexOf(stream);
  let at = 0;
  for (const [name, first, count] of batch.runs) {
    if (name === of && first <= revision && revision < first + count) {
      const n = at + revision - first;
      return {
        index: batch.firstIndex + n,
        hash: batch.hashes.subarray(n * hashLength, (n + 1) * hashLength),
      };
    }
    at += count;
  }
  return null;
};

const inconsistent = (revision: number): ApiError =>
  new ApiError(
    500,
    'merkle_log_inconsistent',
    `The Merkle log is not what was sealed (event ${revision} of the stream merkle). POST /api/v1/audit/verify shows where.`,
  );
