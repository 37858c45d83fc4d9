export { askNats } from './nats/ask.ts';

export {
  type RunningNatsServer,
  startNatsServer,
  stopSteps as natsStopSteps,
} from './nats/start.ts';
export { askPostgres } from './postgres/ask.ts';
export { embeddedPostgresMajor } from './postgres/binaries.ts';
export {
  startPostgres,
  stopSteps as postgresStopSteps,
} from './postgres/start.ts';
export { endProcess } from './process/end.ts';
export { findProgram } from './process/find-program.ts';
export { commandLineOf, identifyProcess, isRunning, type ProcessIdentity } from './process/identity.ts';
export { lowerPriority } from './process/priority.ts';
export { type ServerProcess, startServer } from './process/server-process.ts';
