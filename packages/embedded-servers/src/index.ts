export type { NatsCredentials } from './nats/configuration.ts';
export { type NatsServerOptions, type RunningNatsServer, startNatsServer } from './nats/start.ts';
export { type PostgresOptions, type RunningPostgres, startPostgres } from './postgres/start.ts';
export { endProcess } from './process/end.ts';
export { freePort } from './process/free-port.ts';
export { commandLineOf, identifyProcess, isRunning, type ProcessIdentity } from './process/identity.ts';
