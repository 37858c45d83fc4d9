export * from './errors.ts';
export { isTombstoned } from './is-tombstoned.ts';
export { picked } from './iterables.ts';
export { lastEvent } from './last-event.ts';
export { openEventStore } from './open.ts';
export type { LargestEvent } from './options.ts';
export * from './port.ts';
export { isoTimeOf } from './postgres/iso-time.ts';
export { connectTimeoutMs } from './postgres/settings.ts';
