import { setTimeout as delay } from 'node:timers/promises';
import { registration, startTelemetry } from '@mission-control/telemetry';
import { buildInfo, versionLine } from './build-info.ts';
import {
  ConfigError,
  type ConfigOf,
  deprecationsOf,
  isOperatorsError,
  loadConfig,
  type Variables,
} from './config/load.ts';
import { variables } from './config/variables.ts';
import { diagnoseTo } from './observe/diagnose.ts';
import { createLog, type Logger } from './observe/log.ts';
import { startManagementServer } from './observe/management-server.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { checkReadiness, type ReadinessCheck } from './observe/readiness.ts';
import { observeReadiness } from './observe/readiness-metrics.ts';
import { reportReadiness } from './observe/report-readiness.ts';

export interface ServiceContext<C> {
  readonly config: C;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborted when the service has to stop. */
  readonly signal: AbortSignal;
  /** Aborted SHUTDOWN_DELAY_SECONDS before `signal`: the service still serves, and asks its clients to connect elsewhere. */
  readonly draining: AbortSignal;
  /** Ends the process with this error. For errors that a restart may fix. */
  readonly fail: (error: unknown) => void;
}

export interface RunningService {
  readonly checks: readonly ReadinessCheck[];
  readonly stop: () => Promise<void>;
}

const observed = { LOG_LEVEL: variables.LOG_LEVEL, LOG_FORMAT: variables.LOG_FORMAT };
const stopDeadlineMs = 8_000;

/**
 * Runs a service in this process, or only prints which build it is (`--version`): configuration, log, metrics, management server, then
 * `start`. SIGINT and SIGTERM stop it gracefully, within 8 s. A service that has SHUTDOWN_DELAY_SECONDS is not ready from then on, and first
 * keeps serving for that time; a second signal ends that time. Any error before or after the start ends the process with exit code 1 and one
 * message.
 */
export const runService = async <V extends Variables>(definition: {
  name: string;
  managementPort: number;
  variables: V;
  start: (context: ServiceContext<ConfigOf<V>>) => Promise<RunningService>;
}): Promise<void> => {
  const all = {
    ...definition.variables,
    ...observed,
    MANAGEMENT_HOST: variables.MANAGEMENT_HOST,
    MANAGEMENT_PORT: variables.managementPort(definition.managementPort),
  };
  const build = buildInfo();
  if (process.argv.includes('--version')) {
    process.stdout.write(`${versionLine(definition.name, build)}\n`);
    process.exit(0);
  }
  let config: ConfigOf<typeof all>;
  try {
    config = loadConfig(all);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return rejectStart(definition.name, error);
  }
  await startTelemetry(definition.name);
  const log = createLog(definition.name, {
    level: config.LOG_LEVEL as string,
    format: config.LOG_FORMAT as 'text' | 'json',
  });
  diagnoseTo(log);
  for (const warning of deprecationsOf(all)) log.warn(warning);
  const draining = new AbortController();
  const hurrying = new AbortController();
  const stopping = new AbortController();
  let running: RunningService | undefined;

  const end = (code: number) => {
    log.flush?.();
    process.exit(code);
  };
  const fail = (error: unknown) => {
    if (stopping.signal.aborted) return;
    if (isOperatorsError(error)) rejectStart(definition.name, error);
    log.fatal({ err: error }, error instanceof Error ? error.message : String(error));
    end(1);
  };
  const stop = async (signal: string) => {
    if (stopping.signal.aborted) return end(1);
    if (draining.signal.aborted) return hurrying.abort();
    draining.abort();
    const drainSeconds = Number(config.SHUTDOWN_DELAY_SECONDS ?? 0);
    log.info({ signal, ...(drainSeconds > 0 && { shutdown_delay_seconds: drainSeconds }) }, 'stopping');
    await delay(drainSeconds * 1000, undefined, { signal: hurrying.signal }).catch(() => {});
    setTimeout(() => {
      log.error('did not stop in time');
      end(1);
    }, stopDeadlineMs).unref();
    stopping.abort();
    try {
      await running?.stop();
      await management.stop();
      log.info('stopped');
      await exportTheRest(metrics);
      end(0);
    } catch (error) {
      log.error({ err: error }, 'stopped with an error');
      end(1);
    }
  };

  const metrics = createMetrics(definition.name, build);
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
  const readiness = (excluded: readonly string[] = []) =>
    checkReadiness(
      [
        ...(stopping.signal.aborted ? [] : (running?.checks ?? [])),
        {
          name: 'started',
          check: () => {
            if (!running || draining.signal.aborted) throw new Error(running ? 'stopping' : 'starting');
          },
        },
      ],
      excluded,
    );
  observeReadiness(metrics.meter, () => readiness());
  const management = await startManagementServer({
    host: config.MANAGEMENT_HOST as string,
    port: config.MANAGEMENT_PORT as number,
    build,
    metrics,
    log,
    readiness,
  });
  process.on('SIGINT', () => void stop('SIGINT')).on('SIGTERM', () => void stop('SIGTERM'));
  log.info({ ...build, management_port: management.port }, 'starting');
  try {
    running = await definition.start({
      config: config as ConfigOf<V>,
      log,
      metrics,
      signal: stopping.signal,
      draining: draining.signal,
      fail,
    });
    log.info('started');
    void reportReadiness(() => readiness(), { log, signal: draining.signal });
  } catch (error) {
    fail(error);
  }
};

/** A collector that does not answer delays the end of the process for this long at most; what is not exported by then is lost. */
const exportPatienceMs = 1_000;

const exportTheRest = async (metrics: Metrics): Promise<void> => {
  const exported = Promise.allSettled([metrics.stop(), registration()?.shutdown()]);
  await Promise.race([exported, delay(exportPatienceMs)]);
};

/** Ends the process with a single message, for the operator who set a variable wrongly. */
const rejectStart = (name: string, error: Error): never => {
  process.stderr.write(`${name} cannot start:\n${error.message}\n`);
  process.exit(1);
};
