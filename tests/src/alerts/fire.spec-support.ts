import { waitFor } from '@mission-control/testing';
import { expectAlerts } from './evaluate.spec-support.ts';
import { type Snapshot, scrape, type Target, valuesOf } from './scrape.spec-support.ts';

/** Longer than the ranges and the `for` of most rules, so that what was before a phase no longer counts at its end. */
const usualMinutes = { before: 60, during: 40, after: 30 };
/** Between two scrapes, milliseconds. */
const apart = 1_000;
/** A scrape asks every service for everything. */
const patience = { timeout: 150_000, pause: 200 };

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
  /** What happens again and again before and after it. */
  readonly usually?: () => Promise<unknown>;
  /** How long each phase is made to last, if not as usual. */
  readonly minutes?: Partial<typeof usualMinutes>;
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

const deliveries = ['mission_control_relay_outstanding_age_seconds', 'mission_control_lane_lag_seconds'];
/** What waits while these alerts fire. Anything else that waits is only being worked off, and must not be made to last. */
const waitsWith: Readonly<Record<string, readonly string[]>> = {
  DeliveriesWaiting: deliveries,
  EventStoreAway: ages,
  ProjectionLagging: ['mission_control_projection_lag_seconds'],
  RelayLagging: ['mission_control_relay_lag_seconds', ...deliveries],
  StewardOverdue: ['mission_control_steward_lag_seconds'],
};

/** Nothing waits but what is a part of the fault. */
const isSettled = (scraped: Snapshot, fires: readonly string[]): boolean => {
  const part = new Set(fires.flatMap((alert) => waitsWith[alert] ?? []));
  return ages.every((age) => part.has(age) || valuesOf(scraped, age).every((value) => value === 0));
};

/** Everything is there, and nothing waits. */
export const isCalm = (scraped: Snapshot): boolean => {
  const waiting = ages.filter((metric) => valuesOf(scraped, metric).some((value) => value > 0));
  const away = states.filter((metric) => valuesOf(scraped, metric).some((value) => value === 0));
  if (waiting.length + away.length === 0) return true;
  throw new Error(
    `${[...waiting, ...away].join(', ')}: ${JSON.stringify([...scraped.samples].slice(0, 400))}`,
  );
};

interface Observation {
  readonly first: Snapshot;
  readonly last: Snapshot;
}

/** Two scrapes that show it, one after the other. */
const observe = async (
  targets: readonly Target[],
  shows: (scraped: Snapshot) => boolean,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Observation> => {
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
 * Returns a function that scrapes before, during and after a fault, and lets Prometheus' own tool evaluate the rules on what was scraped,
 * with each of the three made to last as long as the rules need. What was scraped after a fault is what was before the next one.
 *
 * It throws with what fired instead, if the alerts of the fault do not fire during it, if others do, or if any fires before or afterwards.
 */
export const alertsOn = (targets: readonly Target[]): ((fault: Fault) => Promise<void>) => {
  let calm: Observation | null = null;
  return async (fault) => {
    const before = (!fault.usually && calm) || (await observe(targets, isCalm, fault.usually));
    calm = null;
    await fault.begin();
    let during: Observation;
    try {
      const shows = (scraped: Snapshot) => fault.shows(scraped) && isSettled(scraped, fault.fires);
      during = await observe(targets, shows, fault.meanwhile);
    } finally {
      await fault.mitigate();
    }
    const after = await observe(targets, isCalm, fault.usually);
    const minutes = { ...usualMinutes, ...fault.minutes };
    await expectAlerts(
      [
        { ...before, minutes: minutes.before },
        { ...during, minutes: minutes.during },
        { ...after, minutes: minutes.after },
      ],
      [[], fault.fires, []],
    );
    calm = after;
  };
};
