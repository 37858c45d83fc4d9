import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, Position, RecordedEvent } from '@mission-control/event-store';
import { isSealed } from '@mission-control/merkle';
import type { Logger } from '@mission-control/runtime';
import type { SealingMetrics } from './metrics.ts';
import { PendingLeaves } from './pending-leaves.ts';
import { nameOf, SealedTree } from './sealed-tree.ts';
import type { CheckpointSigner } from './sign-checkpoint.ts';

export interface SealerOptions extends CheckpointSigner {
  readonly store: EventStore;
  readonly log: Logger;
  readonly metrics: SealingMetrics;
  /** How long an event may wait for others to be sealed with. */
  readonly sealAfterMs: number;
  /** `patienceMs` of the subscription. */
  readonly patienceMs: number;
  /** How often a checkpoint is signed, if something new was sealed. */
  readonly signEveryMs: number;
  /** Gets each signed checkpoint. */
  readonly keep: (note: string) => void;
}

/** About 400 KB: event stores accept at least 1 MiB. */
const mostLeaves = 4_096;
/** A start reads what was sealed since the last signed checkpoint, so there is one at least after so many leaves. */
const mostUnsigned = 65_536;
const reportEvery = 100_000;
/** What follows from these waits until they are sealed. */
const awaited: ReadonlySet<string> = new Set(['EventsHidden', 'WebhookPayloadErased']);

/**
 * Seals events in the order of the log, until the signal is aborted or something fails. It begins where the stream `merkle` says, so it can be
 * killed at any time: what was not appended there is read again.
 *
 * Two sealers do no harm: each append is made at the exact revision, so one of them fails (AnotherSealer).
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #tree: SealedTree;
  readonly #signal: AbortSignal;
  #pending = new PendingLeaves();
  /** Since when one of the pending leaves is worth sealing, in milliseconds since 1970. */
  #waitingSince: number | null = null;
  /** Something was sealed that no signed checkpoint covers, apart from sealing itself. */
  #isWorthSigning: boolean;
  #isHistory = true;
  #sealing: Promise<void> = Promise.resolve();
  #wake = Promise.withResolvers<void>();

  private constructor(options: SealerOptions, tree: SealedTree, signal: AbortSignal) {
    this.#signal = signal;
    this.#options = options;
    this.#tree = tree;
    this.#isWorthSigning = tree.unsigned > 0;
  }

  static async run(options: SealerOptions, signal: AbortSignal): Promise<void> {
    await options.check();
    const tree = await SealedTree.load(options.store);
    const ending = new AbortController();
    const either = AbortSignal.any([signal, ending.signal]);
    const sealer = new Sealer(options, tree, either);
    options.metrics.watch(() => sealer.#waitingSince);
    const parts = [sealer.#read(either), sealer.#keepSealing(either)];
    try {
      await Promise.race(parts);
    } finally {
      ending.abort();
      await Promise.allSettled(parts);
      options.metrics.watch(() => null);
    }
  }

  async #read(signal: AbortSignal): Promise<void> {
    const { store, log } = this.#options;
    const [{ from, hidden }, head] = [await this.#tree.readOn(), await store.head()];
    if (head) await this.#sealHistory(from?.position ?? 'start', head.position, hidden, signal);
    this.#isHistory = false;
    log.debug({ leaves: this.#tree.size }, 'sealing new events');
    const { patienceMs } = this.#options;
    const options = { from: head ?? 'start', signal, name: 'sealer', patienceMs } as const;
    for await (const message of store.subscribeToAll(options))
      if (message.kind === 'event') await this.#take(message.event);
  }

  /**
   * Seals what is in the log already, and counts what is hidden in it.
   *
   * @param leaves hidden events that are leaves
   */
  async #sealHistory(
    from: Position | 'start',
    head: Position,
    leaves: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<void> {
    const { store, log } = this.#options;
    let events = 0;
    for await (const entry of store.readWholeLog(from)) {
      signal.throwIfAborted();
      const { position, stream, revision } = entry.kind === 'visible' ? entry.event : entry;
      if (position > head) break;
      if (entry.kind === 'visible') await this.#take(entry.event);
      else if (isSealed(stream) && !leaves.has(nameOf(stream, revision))) this.#pending.addHidden();
      if (++events % reportEvery === 0)
        log.info({ events, position: `${position}`, head: `${head}` }, 'sealing history');
    }
  }

  async #take(event: RecordedEvent): Promise<void> {
    if (!isSealed(event.stream)) return;
    this.#pending.add(event);
    if (this.#pending.isWorthSealing && this.#waitingSince === null) {
      this.#waitingSince = Date.now();
      this.#wake.resolve();
    }
    const isUrgent = awaited.has(event.type) && !this.#isHistory;
    if (isUrgent || this.#pending.length >= mostLeaves) await this.#seal();
  }

  async #keepSealing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      const wait = Math.min(this.#sealInMs(), this.#signInMs());
      if (wait <= 0) {
        await this.#seal();
        continue;
      }
      const pause = new AbortController();
      const due = delay(Math.min(wait, 60_000), undefined, {
        signal: AbortSignal.any([signal, pause.signal]),
      }).catch(() => {});
      await Promise.race([this.#wake.promise, due]);
      pause.abort();
    }
  }

  #sealInMs(): number {
    if (this.#waitingSince === null) return Number.POSITIVE_INFINITY;
    return this.#waitingSince + this.#options.sealAfterMs - Date.now();
  }

  #signInMs(): number {
    if (!this.#isWorthSigning) return Number.POSITIVE_INFINITY;
    if (this.#tree.unsigned >= mostUnsigned) return 0;
    return this.#tree.signedAt + this.#options.signEveryMs - Date.now();
  }

  /** Seals what is pending, and signs a checkpoint if one is due. One at a time. */
  #seal(): Promise<void> {
    this.#sealing = this.#sealing.then(async () => {
      const leaves = this.#pending;
      if (leaves.isWorthSealing) {
        this.#pending = new PendingLeaves();
        this.#waitingSince = null;
        await this.#tree.seal(leaves);
        this.#options.metrics.sealed(leaves.length);
        this.#isWorthSigning = true;
      }
      // A stop waits for nothing that the next start can do.
      if (!this.#signal.aborted && this.#signInMs() <= 0) await this.#sign();
    });
    return this.#sealing;
  }

  async #sign(): Promise<void> {
    const { sign, keep } = this.#options;
    const signed = await sign(this.#tree.size, this.#tree.root);
    this.#isWorthSigning = false;
    if (!signed) return;
    await this.#tree.sign(signed.note, signed.keyId);
    keep(signed.note);
  }
}
