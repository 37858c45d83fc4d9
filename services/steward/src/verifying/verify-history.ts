import { type EventData, isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, Position, RecordedText } from '@mission-control/event-store';
import { hashOfText, isSealed, leafHashOf, type NoteKey, textOfLeaf } from '@mission-control/merkle';
import { Explanations } from './explanations.ts';
import { HistoryFault } from './fault.ts';
import { type KeptCheckpoint, SealedHistory, type SealedLeaf } from './sealed-history.ts';

export type Verified = Omit<EventData<'AuditVerificationEnded'>, 'verificationId'>;

interface Evidence {
  /** Signed checkpoints that were kept outside the event store. */
  readonly kept: readonly KeptCheckpoint[];
  /** Why one of them cannot be used; null: all can. */
  readonly unusable: string | null;
  /** The installation's keys. */
  readonly keys: readonly NoteKey[];
}

/** Compares the events of the log with the leaves of the Merkle log, both in their order, up to the first fault. */
export const verifyHistory = async (
  store: EventStore,
  evidence: Evidence,
  signal: AbortSignal,
): Promise<Verified> => {
  const head = await store.head();
  const until = head?.position ?? 0n;
  const sealed = new SealedHistory(store, until, evidence);
  const walk = new Walk(store, sealed.leaves(), await Explanations.read(store, until));
  let fault: Verified['fault'] = null;
  try {
    for await (const events of store.readTexts()) {
      signal.throwIfAborted();
      for (const event of events) {
        if (event.position > until) break;
        const taking = isSealed(event.stream) ? walk.take(event) : null;
        if (taking) await taking;
      }
      if ((events.at(-1)?.position ?? 0n) >= until) break;
    }
    await walk.end();
    const short = evidence.kept.find(({ size }) => size > sealed.size);
    if (short)
      throw new HistoryFault(
        'cut',
        `The log ends with ${sealed.size} leaves, and a signed checkpoint that was kept elsewhere has ${short.size}.`,
        { position: null, leaf: sealed.size, event: null },
      );
    if (evidence.unusable)
      throw new HistoryFault('inconsistent', evidence.unusable, { position: null, leaf: null, event: null });
  } catch (error) {
    if (!(error instanceof HistoryFault)) throw error;
    fault = error.toData(error.found.position === null ? walk.last : walk.fitting);
  } finally {
    await walk.close();
  }
  return {
    status: fault === null ? 'verified' : 'failed',
    from: walk.first === null ? null : `${walk.first}`,
    to: walk.last === null ? null : `${walk.last}`,
    leaves: walk.leaves,
    hidden: walk.hidden,
    alreadyHidden: sealed.alreadyHidden,
    unsealed: walk.unsealed,
    checkpoints: sealed.checkpoints,
    anchor: evidence.kept.length > 0 ? 'compared' : 'absent',
    fault,
  };
};

/** One step for each event that may be a leaf. */
class Walk {
  readonly hidden = { removed: 0, bounded: 0 };
  leaves = 0;
  unsealed = 0;
  /** Positions of the first and the last event that were taken, and of the last one that was a leaf at its place. */
  first: Position | null = null;
  last: Position | null = null;
  fitting: Position | null = null;
  readonly #store: EventStore;
  readonly #sealed: AsyncGenerator<readonly SealedLeaf[], void>;
  readonly #explanations: Explanations;
  /** Leaves that were read, and the next of them. */
  #leaves: readonly SealedLeaf[] = [];
  #next = 0;

  constructor(
    store: EventStore,
    sealed: AsyncGenerator<readonly SealedLeaf[], void>,
    explanations: Explanations,
  ) {
    this.#store = store;
    this.#sealed = sealed;
    this.#explanations = explanations;
  }

  /** Most events are at their place, so that nothing has to be waited for. */
  take(event: RecordedText): Promise<void> | null {
    this.first ??= event.position;
    this.last = event.position;
    const leaf = this.#leaves[this.#next];
    if (!leaf || !isOf(leaf, event)) return this.#search(event);
    this.#match(leaf, event);
    return null;
  }

  /** What is left has to be explained. */
  async end(): Promise<void> {
    for (let leaf = await this.#peek(); leaf !== null; leaf = await this.#peek())
      await this.#skip(leaf, null);
  }

  async close(): Promise<void> {
    await this.#sealed.return();
  }

  async #search(event: RecordedText): Promise<void> {
    for (let leaf = await this.#peek(); leaf !== null; leaf = await this.#peek()) {
      if (isOf(leaf, event)) {
        this.#match(leaf, event);
        return;
      }
      await this.#skip(leaf, event);
    }
    this.unsealed++;
  }

  #match(leaf: SealedLeaf, event: RecordedText): void {
    if (!isAsSealed(leaf, event))
      throw faultAt('altered', 'The event is not the one that was sealed.', event.position, leaf);
    this.fitting = event.position;
    this.leaves++;
    this.#next++;
  }

  /** The next leaf; null: there is none. */
  async #peek(): Promise<SealedLeaf | null> {
    while (this.#next >= this.#leaves.length) {
      const { value, done } = await this.#sealed.next();
      if (done) return null;
      [this.#leaves, this.#next] = [value, 0];
    }
    return this.#leaves[this.#next] ?? null;
  }

  /** The event of the leaf is not at its place. */
  async #skip(leaf: SealedLeaf, instead: RecordedText | null): Promise<void> {
    const explanation = await this.#explanations.of(leaf);
    if (explanation !== null) {
      this.hidden[explanation]++;
      this.leaves++;
      this.#next++;
      return;
    }
    const found = await this.#store.readEvent(leaf.stream, leaf.revision);
    if (found === 'gone' || instead === null)
      throw faultAt(
        'missing',
        'A sealed event is gone, and no fact explains it.',
        instead?.position ?? null,
        leaf,
      );
    const { stream, revision, position } = instead;
    const isReordered = await isLeaf(this.#store, stream, revision);
    throw new HistoryFault(
      isReordered ? 'reordered' : 'inserted',
      isReordered
        ? 'The event was sealed at another place.'
        : 'The event stands among sealed ones, and was never sealed.',
      { position, leaf: leaf.index, event: { stream, revision } },
    );
  }
}

/** The stored text is canonical, unless a release before this one has stored it: then it is parsed first. */
const isAsSealed = (leaf: SealedLeaf, event: RecordedText): boolean =>
  leaf.hash === hashOfText(textOfLeaf(event, event.data, event.metadata)) ||
  leaf.hash === leafHashOf({ ...event, data: JSON.parse(event.data), metadata: JSON.parse(event.metadata) });

const isOf = (leaf: SealedLeaf, event: RecordedText): boolean =>
  leaf.stream === event.stream && leaf.revision === event.revision;

const faultAt = (
  kind: 'altered' | 'missing',
  detail: string,
  position: Position | null,
  { index, stream, revision }: SealedLeaf,
): HistoryFault => new HistoryFault(kind, detail, { position, leaf: index, event: { stream, revision } });

/** Whether any sealing event has it. Read once, for the fault. */
const isLeaf = async (store: EventStore, stream: string, revision: number): Promise<boolean> => {
  for await (const recorded of store.readStream(streams.merkle)) {
    if (recorded.type !== 'LeavesSealed') continue;
    const event = parseEvent(recorded);
    if (!isEvent(event, 'LeavesSealed')) continue;
    const { streams: names, runs } = event.data;
    if (
      runs.some(([of, first, count]) => names[of] === stream && first <= revision && revision < first + count)
    )
      return true;
  }
  return false;
};
