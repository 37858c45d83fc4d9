import {
  asEvent,
  type EventData,
  type Fact,
  isEvent,
  newOrderedId,
  parseEvent,
  streams,
} from '@mission-control/contracts';
import type { Checkpoint, EventStore } from '@mission-control/event-store';
import { Frontier, hashLength, hashTextAt } from '@mission-control/merkle';
import type { PendingLeaves } from './pending-leaves.ts';

/** What is recorded in the stream `merkle`, as far as sealing continues from it. */
export class SealedTree {
  readonly #store: EventStore;
  #frontier = new Frontier();
  /** Of the last event of the stream; -1: there is none. */
  #revision = -1;
  #signedSize = 0;
  #signedAt = 0;

  private constructor(store: EventStore) {
    this.#store = store;
  }

  /** Reads back to the last signed checkpoint, which has all that comes before it. */
  static async load(store: EventStore): Promise<SealedTree> {
    const tree = new SealedTree(store);
    const since: string[] = [];
    for await (const recorded of store.readStream(streams.merkle, { direction: 'backwards' })) {
      tree.#revision = Math.max(tree.#revision, recorded.revision);
      const event = parseEvent(recorded);
      if (isEvent(event, 'LeavesSealed')) since.push(event.data.hashes);
      if (!isEvent(event, 'CheckpointSigned')) continue;
      const { size, subtrees } = event.data;
      tree.#frontier = Frontier.of(size, Buffer.from(subtrees, 'base64'));
      tree.#signedSize = size;
      tree.#signedAt = Date.parse(event.metadata.occurredAt);
      break;
    }
    for (const hashes of since.reverse()) tree.#add(Buffer.from(hashes, 'base64'));
    return tree;
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** How many leaves no signed checkpoint covers. */
  get unsigned(): number {
    return this.size - this.#signedSize;
  }

  /** When the last checkpoint was signed, in milliseconds since 1970; 0: never. */
  get signedAt(): number {
    return this.#signedAt;
  }

  get root(): Buffer {
    return this.#frontier.root();
  }

  /**
   * Where to read on: after the last leaf whose event can still be read. What is sealed after it is hidden by now, so it is not read again.
   *
   * @returns `from` null: from the start; `hidden`: the leaves after it
   */
  async readOn(): Promise<{ from: Checkpoint | null; hidden: ReadonlySet<string> }> {
    const hidden = new Set<string>();
    const head = await this.#store.head();
    if (!head) return { from: null, hidden };
    for await (const recorded of this.#store.readStream(streams.merkle, { direction: 'backwards' })) {
      const event = parseEvent(recorded);
      if (!isEvent(event, 'LeavesSealed')) continue;
      for (const { stream, revision } of leavesFromLast(event.data)) {
        const leaf = await this.#store.readEvent(stream, revision);
        if (leaf === 'gone') hidden.add(nameOf(stream, revision));
        else {
          const from = { incarnation: head.incarnation, position: leaf.position, eventId: leaf.id };
          return { from, hidden };
        }
      }
    }
    return { from: null, hidden };
  }

  /** @throws AnotherSealer */
  async seal(leaves: PendingLeaves): Promise<void> {
    const firstIndex = this.size;
    const before = this.#frontier.subtrees;
    for (const hash of leaves.hashes) this.#frontier.add(hash);
    try {
      await this.#append(leaves.toFact(firstIndex, this.root));
    } catch (error) {
      this.#frontier = Frontier.of(firstIndex, before);
      throw error;
    }
  }

  /**
   * @param note over this tree
   * @throws AnotherSealer
   */
  async sign(note: string, keyId: string): Promise<void> {
    const data: EventData<'CheckpointSigned'> = {
      size: this.size,
      root: this.root.toString('base64'),
      subtrees: this.#frontier.subtrees.toString('base64'),
      ...{ note, keyId },
    };
    await this.#append({ type: 'CheckpointSigned', data });
    this.#signedSize = data.size;
    this.#signedAt = Date.now();
  }

  #add(hashes: Buffer): void {
    for (let n = 0; n < hashes.length / hashLength; n++) this.#frontier.add(hashTextAt(hashes, n));
  }

  async #append(fact: Fact<'LeavesSealed' | 'CheckpointSigned'>): Promise<void> {
    const event = asEvent(fact, {
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'steward' },
      correlationId: newOrderedId(),
      causationId: null,
    });
    const expected = this.#revision < 0 ? 'no_stream' : this.#revision;
    const result = await this.#store.append(streams.merkle, expected, [event]);
    if (!result.ok) throw new AnotherSealer();
    this.#revision = result.revision;
  }
}

/** Of an event within the log. */
export const nameOf = (stream: string, revision: number): string => `${stream}@${revision}`;

function* leavesFromLast({ streams: names, runs }: EventData<'LeavesSealed'>) {
  for (const [of, first, leaves] of runs.toReversed())
    for (let revision = first + leaves - 1; revision >= first; revision--)
      yield { stream: names[of] as string, revision };
}

/** Another process has sealed events in the meantime. */
export class AnotherSealer extends Error {
  readonly code = 'another_sealer';

  constructor() {
    super('another process seals events');
    this.name = 'AnotherSealer';
  }
}
