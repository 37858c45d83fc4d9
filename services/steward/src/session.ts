import type { ReaderSession } from '@mission-control/aggregates';
import { occurredAtOf, parseEvent } from '@mission-control/contracts';
import type { Checkpoint, RecordedEvent } from '@mission-control/event-store';
import { contextOf, inSpan } from '@mission-control/telemetry';
import { type DutyTimes, dutiesAfter } from './duties.ts';
import type { DutyContext, Occasion } from './duty.ts';
import { WorkQueue } from './work-queue.ts';

/** Queues the duties that facts demand, and runs them when they are due. */
export class StewardSession implements ReaderSession {
  readonly #context: DutyContext;
  readonly #times: DutyTimes;
  readonly #queue = new WorkQueue();

  constructor(context: DutyContext, times: DutyTimes) {
    this.#context = context;
    this.#times = times;
  }

  get openTasks(): number {
    return this.#queue.open;
  }

  get overdueSeconds(): number {
    return this.#queue.overdueMs / 1000;
  }

  take(event: RecordedEvent, before: Checkpoint | null): void {
    const occasion = parseEvent(event);
    for (const duty of dutiesAfter(occasion, this.#times)) {
      this.#queue.add({
        before,
        takenAt: Date.now(),
        happenedAt: Date.parse(occurredAtOf(event)),
        delayMs: duty.delayMs,
        run: () => inSpan(`steward ${occasion.type}`, spanOf(occasion), () => duty.run(this.#context)),
      });
    }
  }

  checkpointAfter(read: Checkpoint | null): Checkpoint | null {
    return this.#queue.checkpointAfter(read);
  }

  start(signal: AbortSignal): readonly Promise<void>[] {
    return [this.#queue.run(signal)];
  }
}

const spanOf = ({ data, metadata }: Occasion) => {
  const { boardId, webhookId } = data as { boardId?: string; webhookId?: string };
  return {
    parent: contextOf(metadata.traceparent),
    attributes: { ...(boardId && { board_id: boardId }), ...(webhookId && { webhook_id: webhookId }) },
  };
};
