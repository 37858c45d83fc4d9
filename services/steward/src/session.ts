import { setTimeout as delay } from 'node:timers/promises';
import type { ReaderSession } from '@mission-control/aggregates';
import { occurredAtOf, parseEvent } from '@mission-control/contracts';
import type { Checkpoint, RecordedEvent } from '@mission-control/event-store';
import { contextOf, inSpan } from '@mission-control/telemetry';
import { type DutyTimes, dutiesAfter } from './duties.ts';
import type { DutyContext, Occasion } from './duty.ts';
import { WorkQueue } from './work-queue.ts';

const lookAgainMs = 100;

/** Queues the duties that facts demand, and runs them when they are due. */
export class StewardSession implements ReaderSession {
  readonly #context: Omit<DutyContext, 'signal'>;
  readonly #ending = new AbortController();
  readonly #times: DutyTimes;
  readonly #queue = new WorkQueue();
  readonly #longQueue = new WorkQueue();
  readonly #verifications = new WorkQueue();
  readonly #alongside: (signal: AbortSignal, session: StewardSession) => Promise<void>;

  /** @param alongside work that does not follow from facts. It runs as long as the session */
  constructor(
    context: Omit<DutyContext, 'signal'>,
    times: DutyTimes,
    alongside: (signal: AbortSignal, session: StewardSession) => Promise<void>,
  ) {
    this.#context = context;
    this.#times = times;
    this.#alongside = alongside;
  }

  get #queues(): readonly WorkQueue[] {
    return [this.#queue, this.#longQueue, this.#verifications];
  }

  get openTasks(): number {
    return this.#queues.reduce((sum, { open }) => sum + open, 0);
  }

  get overdueSeconds(): number {
    return Math.max(...this.#queues.map(({ overdueMs }) => overdueMs)) / 1000;
  }

  /** Resolves when no long duty is open. */
  async longDutiesDone(signal: AbortSignal): Promise<void> {
    while (this.#longQueue.open > 0) await delay(lookAgainMs, undefined, { signal });
  }

  take(event: RecordedEvent, before: Checkpoint | null): void {
    const occasion = parseEvent(event);
    for (const duty of dutiesAfter(occasion, this.#times)) {
      const usual = duty.isLong ? this.#longQueue : this.#queue;
      const queue = duty.isVerification ? this.#verifications : usual;
      queue.add({
        before,
        takenAt: Date.now(),
        happenedAt: Date.parse(occurredAtOf(event)),
        delayMs: duty.delayMs,
        run: () =>
          inSpan(`steward ${occasion.type}`, spanOf(occasion), () =>
            duty.run({ ...this.#context, signal: this.#ending.signal }),
          ),
      });
    }
  }

  checkpointAfter(read: Checkpoint | null): Checkpoint | null {
    const after = this.#queues.map((queue) => queue.checkpointAfter(read));
    return after.reduce((one, other) =>
      one === null || other === null ? null : one.position < other.position ? one : other,
    );
  }

  start(signal: AbortSignal): readonly Promise<void>[] {
    signal.addEventListener('abort', () => this.#ending.abort(signal.reason), { once: true });
    return [...this.#queues.map((queue) => queue.run(signal)), this.#alongside(signal, this)];
  }
}

const spanOf = ({ data, metadata }: Occasion) => {
  const { boardId, webhookId } = data as { boardId?: string; webhookId?: string };
  return {
    parent: contextOf(metadata.traceparent),
    attributes: { ...(boardId && { board_id: boardId }), ...(webhookId && { webhook_id: webhookId }) },
  };
};
