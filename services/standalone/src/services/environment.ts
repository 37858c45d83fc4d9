import { join } from 'node:path';
import { type StandaloneConfig, writeKeys, writeTokens } from '../config.ts';
import { installationId } from '../data-directory/installation-id.ts';
import { generatedSecret } from '../data-directory/secrets.ts';
import type { Servers } from '../servers/start.ts';

/** Where everything listens. Management ports are by service name. */
export interface Ports {
  readonly public: number;
  readonly adminApi: number;
  readonly management: Readonly<Record<string, number>>;
}

/** Variables that name a file with a secret. This process has read the file, and passing on both forms would be an error. */
const readHere = [
  'EVENTSTORE_URL',
  'DATABASE_URL',
  'NATS_URL',
  'ENCRYPTION_KEY',
  'LOCAL_AUTH_TOKEN',
  'AUDITOR_TOKEN',
];

export const baseUrlOf = (config: StandaloneConfig, ports: Ports): string =>
  config.BASE_URL ?? `http://localhost:${ports.public}`;

/** The environment of one service: that of this process, with the servers' addresses, the secrets and the service's own ports. */
export const environmentOf = (
  service: string,
  context: {
    config: StandaloneConfig;
    env: NodeJS.ProcessEnv;
    directory: string;
    servers: Servers;
    ports: Ports;
  },
): NodeJS.ProcessEnv => {
  const { config, directory, servers, ports } = context;
  const inherited = { ...context.env };
  for (const name of readHere) delete inherited[`${name}_FILE`];
  return {
    ...inherited,
    EVENTSTORE_URL: servers.eventStoreUrl,
    INSTALLATION_ID: config.INSTALLATION_ID ?? installationId(directory),
    DATABASE_URL: servers.databaseUrl,
    NATS_URL: servers.natsUrl,
    ENCRYPTION_KEY: config.ENCRYPTION_KEY
      ? writeKeys(config.ENCRYPTION_KEY)
      : generatedSecret(directory, 'encryption-key'),
    LOCAL_AUTH_TOKEN: config.LOCAL_AUTH_TOKEN
      ? writeTokens(config.LOCAL_AUTH_TOKEN)
      : generatedSecret(directory, 'admin-token'),
    AUDITOR_TOKEN: writeTokens(config.AUDITOR_TOKEN),
    // Outside the event store, whose data an attacker may have changed.
    AUDIT_ANCHOR_FILE: context.env.AUDIT_ANCHOR_FILE || join(directory, 'checkpoints', 'latest.txt'),
    BASE_URL: baseUrlOf(config, ports),
    ADMIN_API_URL: `http://127.0.0.1:${ports.adminApi}`,
    LOG_LEVEL: config.LOG_LEVEL,
    LOG_FORMAT: config.LOG_FORMAT,
    MANAGEMENT_HOST: '127.0.0.1',
    MANAGEMENT_PORT: String(ports.management[service]),
    ...portsOf(service, config, ports),
  };
};

const portsOf = (service: string, config: StandaloneConfig, ports: Ports): NodeJS.ProcessEnv => {
  if (service === 'gateway') return { HOST: config.HOST, PORT: String(ports.public) };
  if (service === 'admin-api') return { HOST: '127.0.0.1', PORT: String(ports.adminApi) };
  return { HOST: undefined, PORT: undefined };
};
