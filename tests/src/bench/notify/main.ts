import type { Figure } from '../figure.ts';
import { postgresPid } from '../process-usage.ts';
import { machine, writeJson } from '../report.ts';
import { withPostgres } from '../with-postgres.ts';
import { measureAway } from './away.ts';
import { type Contender, several, startContender } from './contenders.ts';
import { measureDrains } from './drains.ts';
import { figuresOf, type Measured, showFigures } from './figures.ts';
import { measureDeciding } from './filter/deciding.ts';
import { measureFilteredDrains } from './filter/drains.ts';
import { measureHostile } from './filter/hostile.ts';
import { measureLatencies } from './latencies.ts';
import { measurePreviews } from './previews.ts';

export interface NotifyBenchOptions {
  readonly rounds: number;
  /** Arrivals a round. */
  readonly deliveries: number;
  readonly agents: number;
  /** Of the load that shows latencies, requests a second. */
  readonly perSecond: number;
  readonly latencySeconds: number;
  readonly awaySeconds: number;
  /** Payloads that wait for the OpenClaw gateway that is away. */
  readonly waiting: number;
  readonly only?: 'preview' | 'filter' | 'drain' | 'latency' | 'away';
  /** The folder of another, compiled checkout whose services are measured in the same rounds. */
  readonly against?: string;
  /** The folder for CPU profiles of relay and notifier. */
  readonly cpuProf?: string;
  readonly json: string;
}

/** Measures the way from a stored payload to an agent's session. Exits with code 1 if a target is missed. */
export const benchNotify = async (options: NotifyBenchOptions): Promise<void> => {
  const wanted = (part: typeof options.only) => options.only === undefined || options.only === part;
  const previews = wanted('preview') ? measurePreviews() : null;
  const deciding = wanted('filter') ? await measureDeciding(options.rounds) : null;
  const hostile = wanted('filter') ? await measureHostile(options.rounds) : null;
  const delivered =
    options.only === 'preview'
      ? { durability: null, filtered: null, drains: null, latencies: null, away: null }
      : await measureDeliveries(options, wanted);
  const measured: Measured = { ...delivered, previews, deciding, hostile };
  const figures: Figure[] = figuresOf(measured, options);
  showFigures(measured, figures, options);
  writeJson(options.json, { scenario: 'notify', machine: machine(), options, ...measured, figures });
  if (figures.some(({ met }) => met === false)) process.exitCode = 1;
};

const measureDeliveries = (
  options: NotifyBenchOptions,
  wanted: (part: NotifyBenchOptions['only']) => boolean,
): Promise<Omit<Measured, 'previews' | 'deciding' | 'hostile'>> =>
  withPostgres(async (url, durability, stops) => {
    const { against, ...own } = options;
    const contenders = [await startContender(url, { ...own, stops })];
    if (against !== undefined) contenders.push(await startContender(url, { ...options, against, stops }));
    const pid = await postgresPid(url);
    return reportingLogs(contenders, async () => ({
      durability,
      filtered: wanted('filter') ? await filteredOf(contenders, options, pid) : null,
      drains: wanted('drain')
        ? await measureDrains(contenders, { ...options, postgresPid: pid, postgresUrl: url, stops })
        : null,
      latencies: wanted('latency') ? await measureLatencies(contenders, options) : null,
      away: wanted('away') ? await awayOf(contenders, options, pid) : null,
    }));
  });

/** When a measurement fails, what the services logged may say why. */
const reportingLogs = async <T>(contenders: readonly Contender[], work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    for (const { services } of contenders)
      process.stderr.write(`${services.relay.output()}${services.notifier.output()}`);
    throw error;
  }
};

const filteredOf = async (
  contenders: readonly Contender[],
  options: NotifyBenchOptions,
  pid: number | undefined,
): Promise<Measured['filtered']> => {
  const measured: NonNullable<Measured['filtered']> = {};
  for (const contender of contenders)
    measured[contender.name] = await measureFilteredDrains(contender, { ...options, postgresPid: pid });
  return measured;
};

const awayOf = async (
  contenders: readonly Contender[],
  options: NotifyBenchOptions,
  pid: number | undefined,
): Promise<Measured['away']> => {
  const measured: NonNullable<Measured['away']> = {};
  for (const { name, services, simulated, agents, gateways } of contenders) {
    measured[name] = await measureAway(services, simulated, {
      ...options,
      number: 0,
      targets: agents,
      others: gateways.slice(0, several),
      postgresPid: pid,
    });
  }
  return measured;
};
