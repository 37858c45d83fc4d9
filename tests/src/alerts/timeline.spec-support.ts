import type { Snapshot } from './scrape.spec-support.ts';

/** A time in which nothing changes but what grows: the first and the last scrape in it, and how long it is made to last: an even number. */
export interface Phase {
  readonly first: Snapshot;
  readonly last: Snapshot;
  readonly minutes: number;
}

export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** Minutes from one sample to the next: at least two are in the shortest range of a rule. */
export const step = 2;

/** Counters, and the ages of what waits: both go on growing while a phase lasts. */
const grows = /_(total|bucket|sum|count|lag_seconds|age_seconds)\{/;
const isAge = /_(lag|age)_seconds\{/;
/** Events always wait some seconds to be sealed. Only what waits longer goes on waiting. */
const usualSealLag = 10;
const isSealLag = /^mission_control_audit_seal_lag_seconds\{/;

/**
 * The scraped series as input of `promtool test rules`, one sample a step. In a phase, every series keeps the last value that was
 * scraped, and a series that grows goes on growing at the rate between the two scrapes. A series that a scrape no longer contains becomes
 * stale, as Prometheus marks it.
 */
export const timeline = (phases: readonly Phase[]): InputSeries[] => {
  const all = new Set(phases.flatMap(({ first, last }) => [...first.samples.keys(), ...last.samples.keys()]));
  return [...all].map((series) => ({ series, values: valuesIn(phases, series).join(' ') }));
};

const valuesIn = (phases: readonly Phase[], series: string): string[] => {
  const values: string[] = [];
  /** What the series has grown more than was scraped, because phases are longer here. Counters never fall. */
  let surplus = 0;
  let previous: number | undefined;
  for (const { first, last, minutes } of phases) {
    const value = last.samples.get(series);
    if (value === undefined) {
      for (let minute = 0; minute < minutes; minute += step) {
        values.push(minute === 0 && previous !== undefined ? 'stale' : '_');
      }
      previous = undefined;
      continue;
    }
    const isUsual = isSealLag.test(series) && value < usualSealLag;
    const perMinute = grows.test(series) && !isUsual ? ratePerMinute(series, first, last) : 0;
    const restarted = previous === undefined || value < previous;
    if (restarted || isAge.test(series) || !grows.test(series)) surplus = 0;
    for (let minute = 0; minute < minutes; minute += step) {
      values.push(String(Math.max(0, value + surplus + perMinute * minute)));
    }
    surplus += perMinute * (minutes - step);
    previous = value;
  }
  return values;
};

/** A counter that only the second scrape has was 0 before. */
const ratePerMinute = (series: string, first: Snapshot, last: Snapshot): number => {
  const grown = (last.samples.get(series) ?? 0) - (first.samples.get(series) ?? 0);
  return (grown / (last.at - first.at)) * 60_000;
};
