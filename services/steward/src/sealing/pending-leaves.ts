import { type EventData, streams } from '@mission-control/contracts';
import type { RecordedEvent } from '@mission-control/event-store';
import { bytesOf, type HashText } from '@mission-control/merkle';

/** Leaves that are read and not sealed yet, in the order of the log. */
export class PendingLeaves {
  readonly hashes: HashText[] = [];
  readonly #streams = new Map<string, number>();
  readonly #runs: [number, number, number][] = [];
  #alreadyHidden = 0;
  #isWorthSealing = false;

  get length(): number {
    return this.hashes.length;
  }

  /** Whether something else happened than sealing itself. */
  get isWorthSealing(): boolean {
    return this.#isWorthSealing;
  }

  add({ stream, revision }: Pick<RecordedEvent, 'stream' | 'revision'>, hash: HashText): void {
    this.hashes.push(hash);
    this.#isWorthSealing ||= stream !== streams.merkle;
    const index = this.#streams.get(stream) ?? this.#streams.size;
    this.#streams.set(stream, index);
    const last = this.#runs.at(-1);
    if (last?.[0] === index && last[1] + last[2] === revision) last[2]++;
    else this.#runs.push([index, revision, 1]);
  }

  /** An event that cannot be a leaf, because it was hidden before it was read. */
  addHidden(): void {
    this.#alreadyHidden++;
  }

  /** @param root of the tree with these leaves */
  toFact(firstIndex: number, root: Buffer): { type: 'LeavesSealed'; data: EventData<'LeavesSealed'> } {
    return {
      type: 'LeavesSealed',
      data: {
        firstIndex,
        hashes: bytesOf(this.hashes).toString('base64'),
        streams: [...this.#streams.keys()],
        runs: this.#runs,
        root: root.toString('base64'),
        ...(this.#alreadyHidden > 0 && { alreadyHidden: this.#alreadyHidden }),
      },
    };
  }
}
