import { resolve } from 'node:path';
import { embeddedPostgresMajor } from '@mission-control/embedded-servers';
import { freePorts } from '@mission-control/free-ports';
import { createLog, type Logger } from '@mission-control/runtime';
import { banner } from './banner.ts';
import type { StandaloneConfig } from './config.ts';
import { lockDirectory } from './data-directory/lock.ts';
import { prepareDirectory } from './data-directory/prepare.ts';
import { endLeftServices, rememberServices } from './data-directory/service-processes.ts';
import { checkVersion } from './data-directory/version.ts';
import { choosePort } from './servers/port.ts';
import { type Servers, startServers } from './servers/start.ts';
import type { ServiceDefinition } from './service-definitions.ts';
import { environmentOf, type Ports } from './services/environment.ts';
import { type SupervisedService, superviseService } from './services/supervise.ts';
import { waitUntilReady } from './services/wait-until-ready.ts';

export interface System {
  /** Resolves to the text for the person who started it. Rejects with a StartError if the start fails. */
  readonly ready: Promise<string>;
  /** Stops everything that has been started so far: the gateway, the other services, nats-server, Postgres. */
  readonly stop: () => Promise<void>;
  /** Ends everything at once. Nothing that was acknowledged is lost. */
  readonly kill: () => Promise<void>;
}

interface Setting {
  readonly config: StandaloneConfig;
  readonly env: NodeJS.ProcessEnv;
  readonly services: readonly ServiceDefinition[];
  readonly log: Logger;
  readonly output: (line: string) => void;
}

/** Starts servers and services on the data directory. `stop` ends everything that was started, even during the start. */
export const startSystem = (setting: Setting): System => {
  const directory = resolve(setting.config.DATA_DIR);
  const stopping = new AbortController();
  const running: { services: SupervisedService[]; servers: Servers | null } = { services: [], servers: null };
  let unlock = () => {};
  let forget = () => {};

  const start = async (): Promise<string> => {
    prepareDirectory(directory);
    unlock = await lockDirectory(directory);
    const { config, log } = setting;
    const returning = checkVersion(directory, config.DATABASE_URL ? null : await embeddedPostgresMajor());
    const left = await endLeftServices(directory);
    if (left.length > 0) log.warn(`stopped services that a killed run had left running: ${left.join(', ')}`);
    const ports = await choosePorts(setting);
    stopping.signal.throwIfAborted();
    log.info('starting servers');
    running.servers = await startServers(config, directory, log);
    stopping.signal.throwIfAborted();
    log.info('starting services');
    const processes = rememberServices(directory);
    forget = processes.forget;
    running.services = setting.services.map((service) =>
      superviseService(service, {
        env: environmentOf(service.name, {
          ...setting,
          directory,
          servers: running.servers as Servers,
          ports,
        }),
        log: createLog(
          service.name,
          { level: config.LOG_LEVEL, format: config.LOG_FORMAT },
          { write: (line) => setting.output(line.trimEnd()) },
        ),
        output: setting.output,
        nice: service.inBackground ? config.BACKGROUND_NICE : 0,
        onProcess: (pid) => processes.note(service.name, pid),
      }),
    );
    await Promise.race([
      waitUntilReady(ports.management, { signal: stopping.signal, log }),
      ...running.services.map(({ ended }) => ended),
    ]);
    stopping.signal.throwIfAborted();
    for (const service of running.services) service.started();
    return banner({ config, directory, servers: running.servers, ports, returning });
  };

  const ready = start();
  const endWith = async (how: 'stop' | 'kill') => {
    stopping.abort();
    const isGateway = ({ name }: SupervisedService) => name === 'gateway';
    const [gateways, others] = [
      running.services.filter(isGateway),
      running.services.filter((one) => !isGateway(one)),
    ];
    await Promise.all(gateways.map((service) => service[how]()));
    await Promise.all(others.map((service) => service[how]()));
    // A server that is still starting is stopped once it is up.
    await ready.catch(() => {});
    for (const server of running.servers?.embedded ?? []) await server[how]();
    forget();
    unlock();
  };
  return { ready, stop: () => endWith('stop'), kill: () => endWith('kill') };
};

const choosePorts = async ({ config, services }: Setting): Promise<Ports> => {
  const publicPort = await choosePort(config.HOST, config.PORT);
  const [adminApi = 0, ...management] = await freePorts(services.length + 1);
  return {
    public: publicPort,
    adminApi,
    management: Object.fromEntries(services.map(({ name }, index) => [name, management[index] ?? 0])),
  };
};
