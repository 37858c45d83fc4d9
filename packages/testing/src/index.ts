export { costsOf24_6 } from './eventstoredb/server/server-time.ts';
export {
  type EventStoreDbFake,
  type EventStoreDbFakeOptions,
  startEventStoreDbFake,
} from './eventstoredb/start.ts';
export { type Guard, guardFolder } from './guard.ts';
export type { Fault } from './openclaw-simulator/faults.ts';
export { selfSigned } from './openclaw-simulator/self-signed.ts';
/** @public for tests that kill the simulator */
export { spawnOpenClawSimulator } from './openclaw-simulator/spawn.ts';
export {
  type OpenClawSimulator,
  type OpenClawSimulatorOptions,
  startOpenClawSimulator,
} from './openclaw-simulator/start.ts';
export { waitFor } from './wait-for.ts';
