export {
  type EventStoreDbFake,
  type EventStoreDbFakeOptions,
  startEventStoreDbFake,
} from './eventstoredb/start.ts';
export { type Guard, guardFolder } from './guard.ts';
export type { Fault } from './openclaw-simulator/faults.ts';
export {
  type OpenClawSimulator,
  type OpenClawSimulatorOptions,
  startOpenClawSimulator,
} from './openclaw-simulator/start.ts';
export { waitFor } from './wait-for.ts';
