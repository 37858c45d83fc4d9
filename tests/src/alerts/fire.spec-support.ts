import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@mission-control/testing';
import { promtool } from './promtool.spec-support.ts';
import { rulesFile, type Snapshot, scrape, type Target, valuesOf } from './scrape.spec-support.ts';
import { type Phase, timeline } from './timeline.spec-support.ts';

/** Longer than the ranges and the `for` of the rules, so that what was before a phase no longer counts at its end. */
const minutes = { before: 60, during: 45, after: 60 };
/** Between two scrapes, milliseconds. */
const apart = 1_000;
const patience = { timeout: 150_000 };

export interface Fault {
  /** The alerts that fire at its end. No other does. */
  readonly fires: readonly string[];
  /** Begins the fault. */
  readonly begin: () => Promise<unknown>;
  /** Whether the metrics show it. */
  readonly shows: (scraped: Snapshot) => boolean;
  /** What happens again and again while it lasts. */
  readonly meanwhile?: () => Promise<unknown>;
  /** What its runbook says. */
  readonly mitigate: () => Promise<unknown>;
}

const ages = [
  'mission_control_projection_lag_seconds',
  'mission_control_relay_lag_seconds',
  'mission_control_relay_outstanding_age_seconds',
  'mission_control_lane_lag_seconds',
  'mission_control_steward_lag_seconds',
];
const states = [
  'up',
  'mission_control_ready',
  'mission_control_readiness_check',
  'mission_control_openclaw_gateway_available',
  'mission_control_rate_limit_redis_up',
];

/** Everything is there, and nothing waits. */
const isCalm = (scraped: Snapshot): boolean => {
  const waiting = ages.filter((metric) => valuesOf(scraped, metric).some((value) => value > 0));
  const away = states.filter((metric) => valuesOf(scraped, metric).some((value) => value === 0));
  if (waiting.length + away.length === 0) return true;
  throw new Error(
    `${[...waiting, ...away].join(', ')}: ${JSON.stringify([...scraped.samples].slice(0, 400))}`,
  );
};

/** Two scrapes that show it, one after the other. */
const observe = async (
  targets: readonly Target[],
  shows: (scraped: Snapshot) => boolean,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<{ first: Snapshot; last: Snapshot }> => {
  const shown = () =>
    waitFor(async () => {
      const scraped = await scrape(targets);
      return shows(scraped) && scraped;
    }, patience);
  const first = await shown();
  await meanwhile();
  await waitFor(() => performance.now() - first.at >= apart);
  return { first, last: await shown() };
};

/**
 * Scrapes before, during and after the fault, and lets Prometheus' own tool evaluate the rules on what was scraped, with each of the three
 * made to last as long as the rules need.
 *
 * @throws with what fired instead, if the alerts of the fault do not fire during it, if others do, or if any fires before or afterwards
 */
export const fire = async (targets: readonly Target[], fault: Fault): Promise<void> => {
  const before = await observe(targets, isCalm);
  await fault.begin();
  let during: { first: Snapshot; last: Snapshot };
  try {
    during = await observe(targets, fault.shows, fault.meanwhile);
  } finally {
    await fault.mitigate();
  }
  const after = await observe(targets, isCalm);
  await expectAlerts(
    [
      { ...before, minutes: minutes.before },
      { ...during, minutes: minutes.during },
      { ...after, minutes: minutes.after },
    ],
    [[], fault.fires, []],
  );
};

/** @param firing the alerts that fire at the end of each phase */
const expectAlerts = async (
  phases: readonly Phase[],
  firing: readonly (readonly string[])[],
): Promise<void> => {
  let end = 0;
  const expressions = phases.map((phase, index) => {
    end += phase.minutes;
    return {
      expr: 'group by (alertname) (ALERTS{alertstate="firing"})',
      eval_time: `${end - 1}m`,
      exp_samples: (firing[index] ?? []).map((name) => ({ labels: `{alertname="${name}"}`, value: 1 })),
    };
  });
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-alerts-'));
  try {
    const file = join(folder, 'scraped.yml');
    const test = { interval: '1m', input_series: timeline(phases), promql_expr_test: expressions };
    // JSON is YAML.
    await writeFile(
      file,
      JSON.stringify({ rule_files: [rulesFile], evaluation_interval: '1m', tests: [test] }),
    );
    await promtool(['test', 'rules', file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
