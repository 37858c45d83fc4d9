export * from './errors.ts';
export type { EventStoreLog } from './log.ts';
export { openEventStore } from './open.ts';
export type { LargestEvent, OpenEventStoreOptions } from './options.ts';
export * from './port.ts';
