import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startServer } from '@mission-control/embedded-servers';
import { freePorts } from '@mission-control/free-ports';
import { guardFolder } from '@mission-control/testing';
import { parse } from 'yaml';
import { configurationOf } from './configuration.spec-support.ts';

/** The OpenTelemetry Collector, if it was compiled. */
export const collector = process.env.COLLECTOR_BIN;
export const needsCollector = 'needs the OpenTelemetry Collector: npm run test:observability compiles it';

/** The file that the container is given. */
const configurationFile = configurationOf('collector');

interface Configuration {
  readonly receivers: {
    readonly otlp: { readonly protocols: Record<'grpc' | 'http', { endpoint: string }> };
  };
  readonly exporters: Record<string, { readonly endpoint: string }>;
}

const configuration = parse(readFileSync(configurationFile, 'utf8')) as Configuration;

interface Started {
  readonly stop: () => Promise<void>;
}

/** Starts a collector, and waits until its health check answers 200. It ends with this process, however that ends. */
const startCollector = async (args: readonly string[], health: string): Promise<Started> => {
  if (!collector) throw new Error(needsCollector);
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-collector-'));
  const guard = guardFolder(folder);
  const dataDir = join(folder, 'data');
  try {
    await mkdir(dataDir);
    const server = await startServer(
      // Its own metrics would need a port.
      {
        name: 'collector',
        file: collector,
        args: [...args, '--set=service.telemetry.metrics.level=none'],
        dataDir,
        logFile: join(folder, 'log'),
      },
      async () => {
        const { status } = await fetch(health);
        if (status !== 200) throw new Error(`The collector's health check answers ${status}.`);
      },
    );
    return {
      stop: async () => {
        await server.stop([
          { signal: 'SIGTERM', waitMs: 30_000 },
          { signal: 'SIGKILL', waitMs: 5_000 },
        ]);
        await guard.release();
      },
    };
  } catch (error) {
    await guard.release();
    throw error;
  }
};

/** By the host in docker-compose.yml: the host and port that replace it in the test. */
type Addresses = Readonly<Record<string, string>>;

export interface Backends extends Started {
  readonly addresses: Addresses;
}

/**
 * Replaces Tempo, Loki and Prometheus: takes traces by gRPC only, logs and metrics by HTTP only, at the paths of Loki and Prometheus.
 * Sends everything to `receiver` as JSON.
 */
export const startBackends = async (receiver: string): Promise<Backends> => {
  const [grpc = 0, http = 0, health = 0] = await freePorts(3);
  const pipeline = (from: string) => ({ receivers: [from], exporters: ['otlphttp'] });
  const standIn = {
    receivers: {
      'otlp/grpc': { protocols: { grpc: { endpoint: `127.0.0.1:${grpc}` } } },
      'otlp/http': {
        protocols: {
          http: {
            endpoint: `127.0.0.1:${http}`,
            logs_url_path: '/otlp/v1/logs',
            metrics_url_path: '/api/v1/otlp/v1/metrics',
          },
        },
      },
    },
    exporters: { otlphttp: { endpoint: receiver, encoding: 'json', compression: 'none' } },
    extensions: { health_check: { endpoint: `127.0.0.1:${health}` } },
    service: {
      extensions: ['health_check'],
      pipelines: {
        traces: pipeline('otlp/grpc'),
        logs: pipeline('otlp/http'),
        metrics: pipeline('otlp/http'),
      },
    },
  };
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-backends-'));
  const guard = guardFolder(folder);
  const file = join(folder, 'backends.yml');
  await writeFile(file, JSON.stringify(standIn));
  const started = await startCollector([`--config=${file}`], `http://127.0.0.1:${health}`);
  return {
    addresses: {
      tempo: `127.0.0.1:${grpc}`,
      loki: `127.0.0.1:${http}`,
      prometheus: `127.0.0.1:${http}`,
    },
    stop: async () => {
      await started.stop();
      await guard.release();
    },
  };
};

export interface OurCollector extends Started {
  /** Where it takes OTLP by HTTP. */
  readonly url: string;
}

/** Starts the collector on our file. Only addresses are replaced: where it listens, and host and port of what it sends to. */
export const startOurCollector = async (addresses: Addresses): Promise<OurCollector> => {
  const [grpc = 0, http = 0, health = 0] = await freePorts(3);
  const exporters = Object.entries(configuration.exporters).map(([name, { endpoint }]) => {
    const [, before = '', host = '', path = ''] = /^(\w+:\/\/)?([\w-]+):\d+(\/.*)?$/.exec(endpoint) ?? [];
    return `exporters.${name}.endpoint=${before}${addresses[host]}${path}`;
  });
  const started = await startCollector(
    [
      `--config=${configurationFile}`,
      ...[
        `receivers.otlp.protocols.grpc.endpoint=127.0.0.1:${grpc}`,
        `receivers.otlp.protocols.http.endpoint=127.0.0.1:${http}`,
        `extensions.health_check.endpoint=127.0.0.1:${health}`,
        ...exporters,
      ].map((setting) => `--set=${setting}`),
    ],
    `http://127.0.0.1:${health}`,
  );
  return { url: `http://127.0.0.1:${http}`, stop: started.stop };
};

/** Resolves if the collector accepts our file with these settings. @throws with what it says against it */
export const validate = async (...settings: readonly string[]): Promise<void> => {
  if (!collector) throw new Error(needsCollector);
  const args = ['validate', `--config=${configurationFile}`, ...settings.map((one) => `--set=${one}`)];
  await promisify(execFile)(collector, args);
};
