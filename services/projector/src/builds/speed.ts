import type { Build } from '@mission-control/projections';

interface Sample {
  readonly at: number;
  readonly events: number;
  readonly share: number;
}

const samplesKept = 15;

/** How fast a build is filled, over the last samples. */
export class Speed {
  #samples: Sample[] = [];

  /** @param at ms on any clock */
  add(at: number, events: number, share: number): Pick<Build, 'eventsPerSecond' | 'secondsLeft'> {
    this.#samples = [...this.#samples, { at, events, share }].slice(-samplesKept);
    const [first] = this.#samples;
    const seconds = first ? (at - first.at) / 1000 : 0;
    if (!first || seconds <= 0) return { eventsPerSecond: null, secondsLeft: null };
    const sharePerSecond = (share - first.share) / seconds;
    return {
      eventsPerSecond: Math.max(0, events - first.events) / seconds,
      secondsLeft: share >= 1 ? 0 : sharePerSecond > 0 ? (1 - share) / sharePerSecond : null,
    };
  }
}
