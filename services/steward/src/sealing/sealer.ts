import { setTimeout as delay } from 'node:timers/promises';
import type { EventStore, Position, RecordedEvent } from '@mission-control/event-store';
import { type HashText, hashOfText, isSealed, leafHashOf, textOfLeaf } from '@mission-control/merkle';
import type { Logger } from '@mission-control/runtime';
import type { SealingMetrics } from './metrics.ts';
import { PendingLeaves } from './pending-leaves.ts';
import { nameOf, SealedTree } from './sealed-tree.ts';
import type { CheckpointSigner } from './sign-checkpoint.ts';

export interface SealerOptions extends CheckpointSigner {
  readonly store: EventStore;
  readonly log: Logger;
  readonly metrics: SealingMetrics;
  /** How long after the log has grown what is new is read and sealed. */
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
const awaited = ['EventsHidden', 'WebhookPayloadErased'];

/**
 * Seals events in the order of the log, until the signal is aborted or something fails. It begins where the stream `merkle` says, so it can be
 * killed at any time: what was not appended there is read again.
 *
 * It hears at once that the log has grown, but reads what is new only when that is due to be sealed: reading and hashing take processor time,
 * and a burst of requests should have it.
 *
 * Two sealers do no harm: each append is made at the exact revision, so one of them fails (AnotherSealer).
 */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #tree: SealedTree;
  readonly #signal: AbortSignal;
  #pending = new PendingLeaves();
  /** Everything up to here was read. */
  #readTo: Position | 'start' = 'start';
  /** The end of the log, as far as known. */
  #end: Position | null = null;
  /** Since when something waits to be read, in milliseconds since 1970. */
  #waitingSince: number | null = null;
  /** The same of what is being read and sealed now. */
  #sealingSince: number | null = null;
  /** Something was sealed that no signed checkpoint covers, apart from sealing itself. */
  #isWorthSigning: boolean;
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
    options.metrics.watch(() => sealer.#sealingSince ?? sealer.#waitingSince);
    const parts = [sealer.#follow(either), sealer.#keepSealing(either)];
    try {
      await Promise.race(parts);
    } finally {
      ending.abort();
      await Promise.allSettled(parts);
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { store, log, patienceMs } = this.#options;
    const [{ from, hidden }, head] = [await this.#tree.readOn(), await store.head()];
    if (head) {
      await this.#inTurn(() => this.#sealHistory(from?.position ?? 'start', head.position, hidden, signal));
      this.#readTo = head.position;
    }
    log.debug({ leaves: this.#tree.size }, 'sealing new events');
    // Of other events, only checkpoints are sent.
    const filter = { types: awaited };
    const options = { from: head ?? 'start', filter, signal, name: 'sealer', patienceMs } as const;
    for await (const { kind, checkpoint } of store.subscribeToAll(options)) {
      if (checkpoint) this.#noticeEnd(checkpoint.position);
      if (kind === 'event') await this.#seal();
    }
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
    this.#sealingSince = Date.now();
    for await (const entry of store.readWholeLog(from)) {
      signal.throwIfAborted();
      const { position, stream, revision } = entry.kind === 'visible' ? entry.event : entry;
      if (position > head) break;
      if (entry.kind === 'visible') {
        if (isSealed(stream)) await this.#add(entry.event, leafHashOf(entry.event));
      } else if (isSealed(stream) && !leaves.has(nameOf(stream, revision))) this.#pending.addHidden();
      if (++events % reportEvery === 0)
        log.info({ events, position: `${position}`, head: `${head}` }, 'sealing history');
    }
    await this.#sealPending();
    this.#caughtUp();
  }

  #noticeEnd(position: Position): void {
    if (position <= (this.#end ?? -1n)) return;
    this.#end = position;
    if (position <= (this.#readTo === 'start' ? -1n : this.#readTo)) return;
    if (this.#waitingSince !== null) return;
    this.#waitingSince = Date.now();
    this.#wake.resolve();
  }

  async #keepSealing(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      if (this.#sealInMs() <= 0) await this.#seal();
      if (this.#signInMs() <= 0) await this.#inTurn(() => this.#signIfDue());
      const wait = Math.min(this.#sealInMs(), this.#signInMs());
      if (wait <= 0) continue;
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

  /** Reads and seals everything up to the end of the log as it is known now. */
  #seal(): Promise<void> {
    return this.#inTurn(() => this.#sealNews());
  }

  async #sealNews(): Promise<void> {
    const until = this.#end;
    if (this.#waitingSince === null || until === null) return;
    this.#sealingSince = this.#waitingSince;
    this.#waitingSince = null;
    // Only services of this release and the previous one append meanwhile, and their texts are canonical.
    for await (const page of this.#options.store.readTexts(this.#readTo)) {
      const news = page.filter(({ position }) => position <= until);
      for (const event of news) {
        const { stream, data, metadata } = event;
        if (isSealed(stream)) await this.#add(event, hashOfText(textOfLeaf(event, data, metadata)));
      }
      // A stop waits for nothing that the next start can do.
      if (this.#signal.aborted) return;
      if (news.length < page.length) break;
    }
    this.#readTo = until;
    await this.#sealPending();
    this.#caughtUp();
  }

  #caughtUp(): void {
    this.#sealingSince = null;
    this.#options.metrics.caughtUp();
  }

  async #add(event: Pick<RecordedEvent, 'stream' | 'revision'>, hash: HashText): Promise<void> {
    this.#pending.add(event, hash);
    if (this.#pending.length >= mostLeaves) await this.#sealPending();
  }

  async #sealPending(): Promise<void> {
    const leaves = this.#pending;
    if (!leaves.isWorthSealing) return;
    this.#pending = new PendingLeaves();
    await this.#tree.seal(leaves);
    this.#options.metrics.sealed(leaves.length);
    this.#isWorthSigning = true;
    await this.#signIfDue();
  }

  async #signIfDue(): Promise<void> {
    if (this.#signal.aborted || this.#signInMs() > 0) return;
    const { sign, keep } = this.#options;
    const signed = await sign(this.#tree.size, this.#tree.root);
    this.#isWorthSigning = false;
    if (!signed) return;
    await this.#tree.sign(signed.note, signed.keyId);
    keep(signed.note);
  }

  /** One at a time. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#sealing = this.#sealing.then(work);
    return this.#sealing;
  }
}
