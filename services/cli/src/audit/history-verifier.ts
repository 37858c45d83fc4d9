import { Frontier, isSealed, isSignedBy, type NoteKey, parseCheckpoint } from '@mission-control/merkle';
import { checkpointIn, type Leaf, leavesIn } from './expected-leaves.ts';
import type { ExportedEvent } from './exported-event.ts';
import { GoneLeaves, nameOf } from './gone-leaves.ts';

/** The first place where the history is not as it was sealed. */
export interface Fault {
  readonly kind: 'altered' | 'missing' | 'inserted' | 'reordered' | 'cut' | 'inconsistent';
  /** Of the first event that does not fit; null: the export ends here. */
  readonly position: string | null;
  /** Of the last event before it that does. */
  readonly after: string | null;
  /** Index of the leaf. */
  readonly leaf: number | null;
  /** The event that it is about. */
  readonly event: string | null;
  readonly detail: string;
}

/** A signed checkpoint from outside the event store. */
export interface Anchor {
  readonly size: number;
  readonly root: Buffer;
}

export interface Verification {
  readonly fault: Fault | null;
  readonly leaves: number;
  /** `erased`: what the export leaves out, because it was stored in the clear and its content was erased. */
  readonly hidden: { readonly removed: number; readonly bounded: number; readonly erased: number };
  readonly alreadyHidden: number;
  /** Events after the last sealed one. */
  readonly unsealed: number;
  readonly checkpoints: number;
  readonly root: Buffer;
}

/** What is needed of an event until it is known where it is sealed. */
type Waiting = Pick<ExportedEvent, 'stream' | 'revision' | 'type' | 'hash' | 'position' | 'data'>;

const merkle = 'merkle';

/**
 * Compares the events of an export with the leaves that its sealing events state, in one pass: sealing events come after their leaves, so
 * events wait until they are sealed. After the first fault, it only looks for what explains what is gone.
 */
export class HistoryVerifier {
  readonly #anchors: readonly Anchor[];
  readonly #key: NoteKey | null;
  readonly #frontier = new Frontier();
  readonly #gone = new GoneLeaves();
  #waiting: Waiting[] = [];
  #fault: Fault | null = null;
  /** The event of the fault, as long as it seems to be inserted: it may be sealed later in the log. */
  #stranger: string | null = null;
  #merkleRevision = -1;
  #after: string | null = null;
  #alreadyHidden = 0;
  #checkpoints = 0;

  /** @param key whose signatures of checkpoints are verified; null: none are */
  constructor(anchors: readonly Anchor[], key: NoteKey | null) {
    this.#anchors = anchors;
    this.#key = key;
  }

  /** Takes the events in the order of the export. */
  take(event: ExportedEvent): void {
    if (!isSealed(event.stream)) return;
    if (this.#fault !== null) {
      this.#lookOn(event);
      return;
    }
    if (event.stream === merkle) {
      if (event.revision > this.#merkleRevision + 1) {
        this.#fail('missing', event.position, {
          leaf: null,
          event: `${merkle}@${this.#merkleRevision + 1}`,
          detail: 'A sealing event or signed checkpoint is gone.',
        });
        return;
      }
      this.#merkleRevision = Math.max(this.#merkleRevision, event.revision);
    }
    const { stream, revision, type, hash, position } = event;
    const data = GoneLeaves.explains(type) ? event.data : null;
    this.#waiting.push({ stream, revision, type, hash, position, data });
    if (stream !== merkle) return;
    if (type === 'LeavesSealed') this.#takeSealed(event);
    if (type === 'CheckpointSigned') this.#takeCheckpoint(event);
  }

  /** Whether a fault was found. That something is missing may show only at the end. */
  get hasFault(): boolean {
    return this.#fault !== null;
  }

  /** A line that is no event. */
  takeUnreadable(detail: string): void {
    if (this.#fault === null) this.#fail('altered', null, { leaf: this.#frontier.size, event: null, detail });
  }

  end(): Verification {
    for (const event of this.#waiting) this.#gone.seen(event);
    const { missing, removed, bounded, erased } = this.#gone.result();
    const short = this.#anchors.find(({ size }) => size > this.#frontier.size);
    if (missing && (this.#fault?.leaf ?? Number.POSITIVE_INFINITY) >= missing.index) {
      const { index: leaf, position, after, instead, isElsewhere } = missing;
      const at = { position, after, leaf };
      this.#fault = isElsewhere
        ? { kind: 'reordered', ...at, event: instead ?? nameOf(missing), detail: outOfOrder }
        : {
            kind: 'missing',
            ...at,
            event: nameOf(missing),
            detail: 'A sealed event is gone, and no fact explains it.',
          };
    } else if (this.#fault === null && short) {
      const after = this.#waiting.at(-1)?.position ?? this.#after;
      const detail = `The export ends with ${this.#frontier.size} leaves, and a signed checkpoint has ${short.size}.`;
      this.#fault = { kind: 'cut', position: null, after, leaf: this.#frontier.size, event: null, detail };
    }
    return {
      fault: this.#fault,
      leaves: this.#frontier.size,
      hidden: { removed, bounded, erased },
      alreadyHidden: this.#alreadyHidden,
      unsealed: this.#waiting.length,
      checkpoints: this.#checkpoints,
      root: this.#frontier.root(),
    };
  }

  #takeSealed(sealing: ExportedEvent) {
    const batch = leavesIn(sealing.data);
    if (!batch || batch.firstIndex !== this.#frontier.size)
      return this.#failSealing(sealing, 'This sealing event does not continue the one before.');
    const first = this.#frontier.size;
    for (const { hash } of batch.leaves) {
      this.#frontier.add(hash);
      const anchor = this.#anchors.find(({ size }) => size === this.#frontier.size);
      if (anchor && !anchor.root.equals(this.#frontier.root()))
        return this.#failSealing(sealing, `A signed checkpoint has another root for ${anchor.size} leaves.`);
    }
    if (!batch.root.equals(this.#frontier.root()))
      return this.#failSealing(sealing, 'The root in this sealing event is not that of its leaves.');
    this.#alreadyHidden += batch.alreadyHidden;
    this.#match(batch.leaves, first, sealing);
  }

  #match(leaves: readonly Leaf[], first: number, sealing: ExportedEvent) {
    let taken = 0;
    const names = () => new Set(this.#waiting.map(nameOf));
    let waiting: Set<string> | null = null;
    for (const [n, leaf] of leaves.entries()) {
      const next = this.#waiting[taken];
      this.#gone.sealed(leaf);
      if (next && next.stream === leaf.stream && next.revision === leaf.revision) {
        if (next.hash !== leaf.hash)
          return this.#fail('altered', next.position, {
            leaf: first + n,
            event: nameOf(leaf),
            detail: 'The event is not the one that was sealed.',
          });
        this.#gone.explain(next.type, next.data);
        this.#after = next.position;
        taken++;
        continue;
      }
      waiting ??= names();
      if (next && waiting.has(nameOf(leaf))) {
        const isLeaf = leaves.slice(n).some((one) => nameOf(one) === nameOf(next)) || this.#gone.has(next);
        return this.#failStranger(next, isLeaf, first + n);
      }
      const { stream, revision } = leaf;
      const position = next?.position ?? sealing.position;
      const instead = next ? nameOf(next) : null;
      this.#gone.add({ stream, revision, index: first + n, position, after: this.#after, instead });
    }
    this.#waiting.splice(0, taken);
  }

  #takeCheckpoint(event: ExportedEvent) {
    const signed = checkpointIn(event.data);
    const head = signed && headOf(signed.note);
    const isOfTree = (one: { size: number; root: Buffer }) =>
      one.size === this.#frontier.size && one.root.equals(this.#frontier.root());
    if (!signed || !head || !isOfTree(signed) || !isOfTree(head))
      return this.#failSealing(event, 'This signed checkpoint is not that of the leaves before it.');
    if (this.#key && !isSignedBy(head.note, this.#key))
      return this.#failSealing(event, 'This checkpoint is not signed by the key.');
    this.#checkpoints++;
  }

  /** What is there has not been sealed at this place. */
  #failStranger({ stream, revision, position }: Waiting, isLeaf: boolean, leaf: number): undefined {
    const event = nameOf({ stream, revision });
    if (!isLeaf) this.#stranger = event;
    const detail = isLeaf ? outOfOrder : 'The event stands among sealed ones, and was never sealed.';
    this.#fail(isLeaf ? 'reordered' : 'inserted', position, { leaf, event, detail });
  }

  #failSealing(event: ExportedEvent, detail: string): undefined {
    this.#fail('inconsistent', event.position, { leaf: null, event: nameOf(event), detail });
  }

  #fail(
    kind: Fault['kind'],
    position: string | null,
    about: Pick<Fault, 'leaf' | 'event' | 'detail'>,
  ): undefined {
    this.#fault = { kind, position, after: this.#after, ...about };
  }

  #lookOn(event: ExportedEvent): void {
    const { stream, type, data } = event;
    this.#gone.seen(event);
    this.#gone.explain(type, data);
    if (stream !== merkle || type !== 'LeavesSealed' || this.#fault === null || this.#stranger === null)
      return;
    if (leavesIn(data)?.leaves.some((leaf) => nameOf(leaf) === this.#stranger))
      this.#fault = { ...this.#fault, kind: 'reordered', detail: outOfOrder };
  }
}

const outOfOrder = 'The event was sealed at another place.';

const headOf = (note: string) => {
  try {
    return parseCheckpoint(note);
  } catch {
    return null;
  }
};
