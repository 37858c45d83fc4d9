import type { EventData } from '@mission-control/contracts';
import type { Duty, Occasion } from '../duty.ts';
import { resumeParked } from './resume-parked.ts';

/** Milliseconds. */
export interface Patience {
  readonly first: number;
  readonly longest: number;
}

/** One minute, then twice as long each time, up to half an hour. */
const usualPatience: Patience = { first: 60_000, longest: 30 * 60_000 };

/**
 * Resumes deliveries that were parked because their OpenClaw gateway did not answer: it may be back after a while. There is one
 * task per board at a time, however many deliveries were parked. The waits of a board start over once it has been quiet for the
 * longest wait.
 */
export class UnavailableGateways {
  readonly #boards = new Map<string, { dueAt: number; waitMs: number }>();
  readonly #patience: Patience;

  constructor(patience: Patience = usualPatience) {
    this.#patience = patience;
  }

  after(occasion: Occasion, { boardId, reason }: EventData<'DeliveryParked'>, maxAgeSeconds: number): Duty[] {
    if (reason !== 'gateway_unavailable') return [];
    const parkedAt = Date.parse(occasion.recordedAt);
    const last = this.#boards.get(boardId);
    if (last && parkedAt < last.dueAt) return [];
    const { first, longest } = this.#patience;
    const waitMs = !last || parkedAt > last.dueAt + longest ? first : Math.min(last.waitMs * 2, longest);
    this.#boards.set(boardId, { dueAt: parkedAt + waitMs, waitMs });
    const parked = { scope: { boardId }, maxAgeSeconds, parkedFor: reason };
    return [
      {
        delayMs: waitMs,
        run: (context) => resumeParked(context, occasion, parked, 'gateway_tried_again'),
      },
    ];
  }
}
