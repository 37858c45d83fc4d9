import { hiddenIn, type Leaf, leftOutIn } from './expected-leaves.ts';

/** A leaf whose event is not in the export, and where it would be. */
export interface GoneLeaf {
  readonly stream: string;
  readonly revision: number;
  readonly index: number;
  readonly position: string | null;
  readonly after: string | null;
  /** The event that stands in its place. */
  readonly instead: string | null;
}

const boundedPrefix = 'openclaw_gateway_status-';
/** How many of the newest statuses are kept. */
const statusesKept = 1_000;

/** Of an event within the log. */
export const nameOf = ({ stream, revision }: Pick<Leaf, 'stream' | 'revision'>): string =>
  `${stream}@${revision}`;

/** Leaves whose events are gone, and what explains them. The explanation may come later in the log. */
export class GoneLeaves {
  /** In their order, by the names of the events. */
  readonly #gone = new Map<string, GoneLeaf>();
  /** Those of them that are at another place. */
  readonly #elsewhere = new Set<string>();
  /** By stream: the revision before which its events are hidden; infinite: all are. */
  readonly #hidden = new Map<string, number>();
  /** The names of those that the export leaves out. */
  readonly #leftOut = new Set<string>();
  /** The last leaf of each stream of which only the newest events are kept. */
  readonly #newest = new Map<string, number>();

  add(leaf: GoneLeaf): void {
    this.#gone.set(nameOf(leaf), leaf);
    this.sealed(leaf);
  }

  /** Takes note of every leaf. */
  sealed({ stream, revision }: Pick<Leaf, 'stream' | 'revision'>): void {
    if (stream.startsWith(boundedPrefix)) this.#newest.set(stream, revision);
  }

  /** Whether events of this type explain why others are gone. */
  static explains(type: string): boolean {
    return type === 'EventsHidden' || type === 'WebhookPayloadErasureCompleted';
  }

  /** A sealed fact of such a type says that events were hidden, or are left out. */
  explain(type: string, data: unknown): void {
    if (type === 'WebhookPayloadErasureCompleted')
      for (const event of leftOutIn(data)) this.#leftOut.add(nameOf(event));
    if (type !== 'EventsHidden') return;
    for (const [stream, before] of hiddenIn(data)) {
      const known = this.#hidden.get(stream) ?? 0;
      this.#hidden.set(stream, Math.max(known, before ?? Number.POSITIVE_INFINITY));
    }
  }

  has(event: Pick<Leaf, 'stream' | 'revision'>): boolean {
    return this.#gone.has(nameOf(event));
  }

  /** The event is in the export, but not at the place of its leaf. */
  seen(event: Pick<Leaf, 'stream' | 'revision'>): void {
    if (this.has(event)) this.#elsewhere.add(nameOf(event));
  }

  /** How many are explained by what, and the first that is not. */
  result(): {
    removed: number;
    bounded: number;
    erased: number;
    missing: (GoneLeaf & { isElsewhere: boolean }) | null;
  } {
    let [removed, bounded, erased] = [0, 0, 0];
    let missing: (GoneLeaf & { isElsewhere: boolean }) | null = null;
    for (const [name, leaf] of this.#gone) {
      const { stream, revision } = leaf;
      if (revision < (this.#hidden.get(stream) ?? 0)) removed++;
      else if (revision <= (this.#newest.get(stream) ?? 0) - statusesKept) bounded++;
      else if (this.#leftOut.has(name)) erased++;
      else missing ??= { ...leaf, isElsewhere: this.#elsewhere.has(name) };
    }
    return { removed, bounded, erased, missing };
  }
}
