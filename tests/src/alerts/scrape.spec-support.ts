import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../system/repository.ts';

/** A process that Prometheus would scrape. */
export interface Target {
  readonly job: string;
  /** Host and port. */
  readonly instance: string;
}

/** What one scrape of all targets found. */
export interface Snapshot {
  /** Monotonic milliseconds. */
  readonly at: number;
  /** By series, in the notation of PromQL, with `job` and `instance`. `up` is among them. */
  readonly samples: ReadonlyMap<string, number>;
}

/** The rules of all alerts. */
export const rulesFile = join(repositoryRoot, 'infra/observability/prometheus/rules/mission-control.yml');

/** The metrics that rules ask for. */
const wanted = new Set(
  readFileSync(rulesFile, 'utf8').match(/\b(mission_control|http_server|db_client|system)_[a-z0-9_]+/g),
);

const sampleLine = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/;

/** Reads `/metrics` of all targets, as Prometheus does. A target that does not answer has `up` 0 and no other series. */
export const scrape = async (targets: readonly Target[]): Promise<Snapshot> => {
  const samples = new Map<string, number>();
  const at = performance.now();
  await Promise.all(
    targets.map(async ({ job, instance }) => {
      const own = `job="${job}",instance="${instance}"`;
      const page = await fetch(`http://${instance}/metrics`, { signal: AbortSignal.timeout(10_000) })
        .then((answer) => (answer.ok ? answer.text() : null))
        .catch(() => null);
      samples.set(`up{${own}}`, page === null ? 0 : 1);
      for (const line of (page ?? '').split('\n')) {
        const [, name = '', labels, value] = sampleLine.exec(line) ?? [];
        if (wanted.has(name)) samples.set(`${name}{${own}${labels ? `,${labels}` : ''}}`, Number(value));
      }
    }),
  );
  return { at, samples };
};

/** The values of the series of a metric whose labels contain all these texts. */
export const valuesOf = ({ samples }: Snapshot, metric: string, ...labels: readonly string[]): number[] =>
  [...samples]
    .filter(([series]) => series.startsWith(`${metric}{`) && labels.every((label) => series.includes(label)))
    .map(([, value]) => value);

/** Whether the metric has such series, and all of them have this value. */
export const allAre = (
  value: number,
  scraped: Snapshot,
  metric: string,
  ...labels: readonly string[]
): boolean => {
  const values = valuesOf(scraped, metric, ...labels);
  return values.length > 0 && values.every((one) => one === value);
};

/** The greatest value of such series; 0 if there is none. */
export const greatest = (scraped: Snapshot, metric: string, ...labels: readonly string[]): number =>
  Math.max(0, ...valuesOf(scraped, metric, ...labels));

export const sumOf = (scraped: Snapshot, metric: string, ...labels: readonly string[]): number =>
  valuesOf(scraped, metric, ...labels).reduce((sum, value) => sum + value, 0);
