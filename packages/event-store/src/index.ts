export * from './errors.ts';
export type { EventStoreLog } from './log.ts';
export { type OpenEventStoreOptions, openEventStore } from './open.ts';
export * from './port.ts';
