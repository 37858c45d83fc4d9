import { aggregates, foldOnto, type Loaded } from '@mission-control/aggregates';
import { asEvent, type EventContext, type Fact, streams } from '@mission-control/contracts';
import {
  evolveReplay,
  type ReplayProgress,
  type RequestedReplay,
  type SkipReason,
  type UnsuccessfulItem,
} from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Outcome } from './outcomes.ts';
import type { ReplayItem } from './replay-items.ts';

/** How often progress is recorded: about a thousand times in a replay, but not more often than once a second. */
const periodMs = ({ total, rate }: RequestedReplay): number =>
  Math.min(60_000, Math.max(1_000, total / rate));
/** An event has no more unsuccessful items than this. */
const mostUnsuccessful = 200;

/** Where a replay stands, and the part of that which is not in its stream yet. */
export class ProgressRecord {
  readonly #store: EventStore;
  readonly #context: () => EventContext;
  readonly #periodMs: number;
  readonly underWay: Map<number, ReplayItem> = new Map();
  #loaded: Loaded<RequestedReplay>;
  #progress: Omit<ReplayProgress, 'underWay'>;
  #unsuccessful: UnsuccessfulItem[] = [];
  /** What has changed since then is not recorded; null: nothing. */
  #changedAt: number | null = null;

  constructor(store: EventStore, loaded: Loaded<RequestedReplay>, context: () => EventContext) {
    const { handled, done, failed, skipped } = loaded.state;
    this.#store = store;
    this.#context = context;
    this.#loaded = loaded;
    this.#periodMs = periodMs(loaded.state);
    this.#progress = { handled, done, failed, skipped };
  }

  get replay(): RequestedReplay {
    return this.#loaded.state;
  }

  get handled(): number {
    return this.#progress.handled;
  }

  /** Whether nothing is left to do. */
  get isOver(): boolean {
    const { status, total } = this.replay;
    const allHandled = status === 'cancelled' || this.handled === total;
    return status === 'completed' || (allHandled && this.underWay.size === 0);
  }

  /** Has no effect if the item has been dealt with. */
  requested(item: ReplayItem): void {
    if (item.item < this.handled) return;
    this.underWay.set(item.item, item);
    this.#changes({ handled: item.item + 1 });
  }

  /** An item whose request is in the stream's last record. */
  resumed(item: ReplayItem): void {
    this.underWay.set(item.item, item);
  }

  skipped(item: ReplayItem, reason: SkipReason): void {
    this.underWay.delete(item.item);
    this.#unsuccessful.push(unsuccessful(item, 'skipped', reason));
    this.#changes({ handled: item.item + 1, skipped: this.#progress.skipped + 1 });
  }

  /** @returns whether the item was under way: otherwise it has its outcome already */
  settled(item: ReplayItem, outcome: Outcome): boolean {
    if (!this.underWay.delete(item.item)) return false;
    if (outcome.kind === 'done') this.#changes({ done: this.#progress.done + 1 });
    else {
      this.#unsuccessful.push(unsuccessful(item, 'failed', outcome.reason));
      this.#changes({ failed: this.#progress.failed + 1 });
    }
    return true;
  }

  isDue(now: number): boolean {
    return this.#unsuccessful.length >= mostUnsuccessful || this.dueInMs(now) <= 0;
  }

  /** Milliseconds until the progress has to be recorded. */
  dueInMs(now: number): number {
    return this.#changedAt === null ? Number.POSITIVE_INFINITY : this.#changedAt + this.#periodMs - now;
  }

  /** Reads what others have appended. @throws AnotherWorker */
  async refresh(): Promise<void> {
    const { state: before } = this.#loaded;
    const folded = await foldOnto(this.#store, aggregates.replay, before.replayId, this.#loaded);
    const { state, revision } = folded;
    if (state.status === 'absent') throw new Error('A replay has become absent.');
    this.#loaded = { state, revision };
    const isSame = (['handled', 'done', 'failed', 'skipped'] as const).every(
      (one) => state[one] === before[one],
    );
    if (!isSame || state.underWay !== before.underWay) throw new AnotherWorker(before.replayId);
  }

  async append(): Promise<void> {
    if (this.#changedAt === null) return;
    while (!(await this.#tryAppend([this.#progressed()]))) await this.refresh();
  }

  /** Records that everything has its outcome. */
  async finish(): Promise<void> {
    for (;;) {
      const { replayId, boardId, status } = this.replay;
      const facts: Fact<'ReplayProgressed' | 'ReplayCompleted'>[] = [];
      if (this.#changedAt !== null) facts.push(this.#progressed());
      if (status === 'running' || status === 'paused')
        facts.push({ type: 'ReplayCompleted', data: { replayId, boardId } });
      if (facts.length === 0 || (await this.#tryAppend(facts))) return;
      await this.refresh();
    }
  }

  #progressed(): Fact<'ReplayProgressed'> {
    const { replayId, boardId } = this.replay;
    const underWay = [...this.underWay.keys()];
    const data = { replayId, boardId, ...this.#progress, underWay, unsuccessful: [...this.#unsuccessful] };
    return { type: 'ReplayProgressed', data };
  }

  /** @returns false if somebody else has appended first */
  async #tryAppend(facts: readonly Fact<'ReplayProgressed' | 'ReplayCompleted'>[]): Promise<boolean> {
    const { state, revision } = this.#loaded;
    const events = facts.map((fact) => asEvent(fact, this.#context()));
    this.#changedAt = null;
    const reported = this.#unsuccessful.splice(0);
    const result = await this.#store.append(streams.replay(state.replayId), revision, events);
    if (!result.ok) {
      this.#unsuccessful.unshift(...reported);
      this.#changedAt = performance.now();
      return false;
    }
    const after = events.reduce((folded, event) => evolveReplay(folded, event) as RequestedReplay, state);
    this.#loaded = { state: after, revision: result.revision };
    return true;
  }

  #changes(changed: Partial<ReplayProgress>): void {
    this.#progress = { ...this.#progress, ...changed };
    this.#changedAt ??= performance.now();
  }
}

const unsuccessful = (
  { item, payloadId, place }: ReplayItem,
  outcome: UnsuccessfulItem['outcome'],
  reason: string,
): UnsuccessfulItem => ({ item, payloadId, webhookId: place?.webhookId ?? null, outcome, reason });

/** Another process has recorded progress of the same replay. */
export class AnotherWorker extends Error {
  readonly code = 'another_replay_worker';

  constructor(replayId: string) {
    super(`another process works on the replay ${replayId}`);
    this.name = 'AnotherWorker';
  }
}
