import { setTimeout as delay } from 'node:timers/promises';
import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { type EventContext, parseEvent, streams } from '@mission-control/contracts';
import { isOver, type RequestedReplay } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import type { ReplayMetrics } from './metrics.ts';
import type { Outcome, Outcomes } from './outcomes.ts';
import { Pace } from './pace.ts';
import { ProgressRecord } from './progress-record.ts';
import { type ReplayItem, ReplayItems } from './replay-items.ts';
import { requestItem } from './request-item.ts';

export interface JobParts {
  readonly store: EventStore;
  readonly log: Logger;
  readonly outcomes: Outcomes;
  readonly metrics: ReplayMetrics;
  /** Whether another replayed delivery of the board may be under way. */
  readonly hasRoom: (boardId: string) => boolean;
  /** A delivery is no longer under way. */
  readonly madeRoom: () => void;
}

/**
 * The work on one replay: requests its items in order, no faster than its rate and no more at a time than there is room for, until each
 * has its outcome. What it has done is recorded from time to time. After a crash it does what followed the last record again, which has
 * no effect on items that were requested.
 */
export class ReplayJob {
  readonly #parts: JobParts;
  readonly #replayId: string;
  #record: ProgressRecord | null = null;
  /** Somebody else has appended to the replay's stream. */
  #changed = false;
  /** The item that is about to be under way: nobody else may take its room meanwhile. */
  #next: number | null = null;
  #wake = Promise.withResolvers<void>();

  constructor(replayId: string, parts: JobParts) {
    this.#replayId = replayId;
    this.#parts = parts;
  }

  get boardId(): string | null {
    return this.#record?.replay.boardId ?? null;
  }

  get underWay(): number {
    if (!this.#record) return 0;
    const { underWay } = this.#record;
    return underWay.size + (this.#next === null || underWay.has(this.#next) ? 0 : 1);
  }

  /** Whether it requests items or waits for outcomes. */
  get isBusy(): boolean {
    return this.#record === null || this.#record.replay.status === 'running' || this.underWay > 0;
  }

  get status(): RequestedReplay['status'] | null {
    return this.#record?.replay.status ?? null;
  }

  /** It may have been paused, resumed or cancelled. */
  changed(): void {
    this.#changed = true;
    this.wake();
  }

  /** There may be room for another delivery. */
  wake(): void {
    this.#wake.resolve();
  }

  /** Resolves when the replay is over or the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { store } = this.#parts;
    const loaded = await loadAggregate(store, aggregates.replay, this.#replayId);
    if (loaded.state.status === 'absent' || isOver(loaded.state)) return;
    const context = await this.#context();
    const record = new ProgressRecord(store, { state: loaded.state, revision: loaded.revision }, context);
    this.#record = record;
    const items = new ReplayItems(store, loaded.state);
    const pace = new Pace(loaded.state.rate);
    for (const number of loaded.state.underWay) {
      const item = await items.at(number);
      record.resumed(item);
      this.#follow(item);
    }
    signal.addEventListener('abort', () => this.wake(), { once: true });
    while (!signal.aborted) {
      this.#wake = Promise.withResolvers<void>();
      // The replay may be paused or cancelled during a read or an append. So look again before the next request.
      if (this.#changed) {
        this.#changed = false;
        await record.refresh();
        continue;
      }
      if (record.isOver) return this.#end(record);
      if (record.isDue(performance.now())) {
        await record.append();
        continue;
      }
      const { status, total, boardId } = record.replay;
      const next = status === 'running' && record.handled < total && this.#parts.hasRoom(boardId);
      const pauseMs = next ? pace.waitMs(performance.now()) : Number.POSITIVE_INFINITY;
      if (pauseMs > 0) await this.#rest(Math.min(pauseMs, record.dueInMs(performance.now())));
      else if (await this.#take(items, record.handled, context())) pace.requested(performance.now());
    }
  }

  /** @returns whether the item was requested */
  async #take(items: ReplayItems, number: number, context: EventContext): Promise<boolean> {
    this.#next = number;
    const isRequested = await this.#handle(await items.at(number), context);
    this.#next = null;
    if (!isRequested) this.#parts.madeRoom();
    return isRequested;
  }

  async #handle(item: ReplayItem, context: EventContext): Promise<boolean> {
    const { store, outcomes, metrics } = this.#parts;
    const { payloadId } = item;
    const record = this.#recording;
    const handled = await requestItem(store, record.replay, item, context, () => {
      // The outcome may be seen before the append is acknowledged.
      record.requested(item);
      outcomes.follow(this.#replayId, payloadId, (outcome) => this.#settle(item, outcome));
    });
    if (handled.kind === 'skipped') {
      outcomes.forget(this.#replayId, payloadId);
      record.skipped(item, handled.reason);
      metrics.item('skipped');
      return false;
    }
    if (handled.kind === 'appended') {
      outcomes.appended(this.#replayId, payloadId);
      metrics.item('requested');
      return true;
    }
    record.requested(item);
    if (handled.outcome.kind === 'under_way') this.#follow(item);
    else {
      outcomes.forget(this.#replayId, payloadId);
      this.#settle(item, handled.outcome);
    }
    return false;
  }

  /** Waits for the outcome of a delivery whose request is in the log. */
  #follow(item: ReplayItem): void {
    const { outcomes } = this.#parts;
    outcomes.follow(this.#replayId, item.payloadId, (outcome) => this.#settle(item, outcome));
    outcomes.appended(this.#replayId, item.payloadId);
  }

  #settle(item: ReplayItem, outcome: Outcome): void {
    const record = this.#recording;
    if (!record.settled(item, outcome)) return;
    this.#parts.metrics.item(outcome.kind);
    this.#parts.madeRoom();
  }

  async #end(record: ProgressRecord): Promise<void> {
    await record.finish();
    const { replayId, boardId, status, total, done, failed, skipped } = record.replay;
    this.#parts.log.info(
      { replay_id: replayId, board_id: boardId, total, done, failed, skipped },
      `a replay was ${status}`,
    );
  }

  async #rest(ms: number): Promise<void> {
    const ending = new AbortController();
    const pause = delay(Math.min(ms, 60_000), undefined, { signal: ending.signal }).catch(() => {});
    await Promise.race([pause, this.#wake.promise]);
    ending.abort();
  }

  get #recording(): ProgressRecord {
    if (!this.#record) throw new Error('The replay has not been loaded.');
    return this.#record;
  }

  /** Of everything that the replay leads to. */
  async #context(): Promise<() => EventContext> {
    const recorded = await this.#parts.store.readEvent(streams.replay(this.#replayId), 0);
    if (recorded === 'gone') throw new Error(`The replay ${this.#replayId} has no first event.`);
    const { id, metadata } = parseEvent(recorded);
    const { correlationId, traceparent } = metadata;
    return () => ({
      occurredAt: new Date().toISOString(),
      actor: { kind: 'service', id: 'steward' },
      correlationId,
      causationId: id,
      ...(traceparent !== undefined && { traceparent }),
    });
  }
}
