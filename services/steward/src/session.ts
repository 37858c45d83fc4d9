import type { ReaderSession } from '@mission-control/aggregates';
import { parseEvent } from '@mission-control/contracts';
import type { Checkpoint, RecordedEvent } from '@mission-control/event-store';
import { dutiesAfter } from './duties.ts';
import type { DutyContext } from './duty.ts';
import { UnavailableGateways } from './resuming/unavailable-gateways.ts';
import { WorkQueue } from './work-queue.ts';

/** Queues the duties that facts demand, and runs them when they are due. */
export class StewardSession implements ReaderSession {
  readonly #context: DutyContext;
  readonly #resumeMaxAgeSeconds: number;
  readonly #queue = new WorkQueue();
  readonly #unavailable = new UnavailableGateways();

  constructor(context: DutyContext, resumeMaxAgeSeconds: number) {
    this.#context = context;
    this.#resumeMaxAgeSeconds = resumeMaxAgeSeconds;
  }

  get openTasks(): number {
    return this.#queue.open;
  }

  take(event: RecordedEvent, before: Checkpoint | null): void {
    const occasion = parseEvent(event);
    for (const duty of dutiesAfter(occasion, this.#resumeMaxAgeSeconds, this.#unavailable)) {
      this.#queue.add({
        before,
        dueAt: Date.parse(occasion.recordedAt) + duty.delayMs,
        run: () => duty.run(this.#context),
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
