import { isEvent, parseEvent, streams } from '@mission-control/contracts';
import type { EventStore, Position } from '@mission-control/event-store';
import {
  Frontier,
  type HashText,
  hashLength,
  hashTextAt,
  isSignedBy,
  type NoteKey,
  parseCheckpoint,
} from '@mission-control/merkle';
import { HistoryFault } from './fault.ts';

/** A leaf as it was sealed. */
export interface SealedLeaf {
  readonly index: number;
  readonly stream: string;
  readonly revision: number;
  readonly hash: HashText;
}

/** A signed checkpoint that was kept outside the event store. */
export interface KeptCheckpoint {
  readonly size: number;
  readonly root: Buffer;
}

/**
 * Reads the leaves in their order, and checks what the stream `merkle` says of itself: each sealing event continues the one before, each root
 * is that of the leaves, and each signed checkpoint is one of the tree and signed by the installation.
 */
export class SealedHistory {
  readonly #store: EventStore;
  readonly #until: Position;
  readonly #kept: readonly KeptCheckpoint[];
  readonly #keys: readonly NoteKey[];
  readonly #frontier = new Frontier();
  #revision = -1;
  alreadyHidden = 0;
  checkpoints = 0;

  /** @param until sealing events after it are not read */
  constructor(
    store: EventStore,
    until: Position,
    { kept, keys }: { kept: readonly KeptCheckpoint[]; keys: readonly NoteKey[] },
  ) {
    this.#store = store;
    this.#until = until;
    this.#kept = kept;
    this.#keys = keys;
  }

  /** How many leaves were read. */
  get size(): number {
    return this.#frontier.size;
  }

  /**
   * The leaves of one sealing event after the other.
   *
   * @throws HistoryFault
   */
  async *leaves(): AsyncGenerator<readonly SealedLeaf[], void> {
    for await (const recorded of this.#store.readStream(streams.merkle)) {
      if (recorded.position > this.#until) return;
      const { position, revision } = recorded;
      this.#revision++;
      if (revision !== this.#revision)
        throw new HistoryFault('missing', 'A sealing event or signed checkpoint is gone.', {
          position,
          leaf: null,
          event: { stream: streams.merkle, revision: this.#revision },
        });
      const event = parsedOrNull(recorded);
      if (event && isEvent(event, 'LeavesSealed')) yield this.#sealed(event.data, { position, revision });
      else if (event && isEvent(event, 'CheckpointSigned')) this.#signed(event.data, { position, revision });
      else throw wrong({ position, revision }, 'This is neither a sealing event nor a signed checkpoint.');
    }
  }

  #sealed(data: LeavesSealed, at: Place): SealedLeaf[] {
    const leaves: SealedLeaf[] = [];
    const hashes = Buffer.from(data.hashes, 'base64');
    const first = this.#frontier.size;
    const count = data.runs.reduce((sum, [, , leaves]) => sum + leaves, 0);
    if (data.firstIndex !== first || count * hashLength !== hashes.length)
      throw wrong(at, 'This sealing event does not continue the one before.');
    for (let n = 0; n < count; n++) {
      this.#frontier.add(hashTextAt(hashes, n));
      for (const { size, root } of this.#kept)
        if (size === this.#frontier.size && !root.equals(this.#frontier.root()))
          throw wrong(
            at,
            `The signed checkpoint that was kept elsewhere has another root for ${size} leaves.`,
          );
    }
    if (this.#frontier.root().toString('base64') !== data.root)
      throw wrong(at, 'The root in this sealing event is not that of its leaves.');
    this.alreadyHidden += data.alreadyHidden ?? 0;
    for (const [of, from, length] of data.runs)
      for (let revision = from; revision < from + length; revision++) {
        const hash = hashTextAt(hashes, leaves.length);
        leaves.push({ index: first + leaves.length, stream: data.streams[of] ?? '', revision, hash });
      }
    return leaves;
  }

  #signed(data: CheckpointSigned, at: Place): void {
    const [size, root] = [this.#frontier.size, this.#frontier.root()];
    const head = headOf(data.note);
    if (
      data.size !== size ||
      data.root !== root.toString('base64') ||
      head?.size !== size ||
      !head.root.equals(root)
    )
      throw wrong(at, 'This signed checkpoint is not that of the leaves before it.');
    const keys = this.#keys.filter(({ name }) => name === head.origin);
    if (!keys.some((key) => isSignedBy(head.note, key)))
      throw wrong(at, 'This checkpoint is not signed by a key of this installation.');
    this.checkpoints++;
  }
}

type Place = { readonly position: Position; readonly revision: number };
type Parsed = ReturnType<typeof parseEvent>;
type LeavesSealed = Extract<Parsed, { type: 'LeavesSealed' }>['data'];
type CheckpointSigned = Extract<Parsed, { type: 'CheckpointSigned' }>['data'];

const wrong = ({ position, revision }: Place, detail: string): HistoryFault =>
  new HistoryFault('inconsistent', detail, {
    position,
    leaf: null,
    event: { stream: streams.merkle, revision },
  });

/** An altered event may be anything. */
const parsedOrNull = (recorded: Parameters<typeof parseEvent>[0]) => {
  try {
    return parseEvent(recorded);
  } catch {
    return null;
  }
};

const headOf = (note: string) => {
  try {
    return parseCheckpoint(note);
  } catch {
    return null;
  }
};
