import type { EventStore, NewEvent } from '@mission-control/event-store';

export interface WriteCall {
  readonly what: 'append' | 'tombstone' | 'setStreamMetadata';
  readonly stream: string;
  /** Of an append. */
  readonly events: readonly NewEvent[];
}

const writes = new Set<string | symbol>([
  'append',
  'tombstone',
  'setStreamMetadata',
] satisfies WriteCall['what'][]);

/** The event store itself, with a record of the writes. */
export const recording = (store: EventStore, calls: WriteCall[]): EventStore =>
  new Proxy(store, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (writes.has(name)) {
          const [stream, , events = []] = args as [string, unknown, WriteCall['events'] | undefined];
          calls.push({ what: name as WriteCall['what'], stream, events });
        }
        return value.apply(target, args);
      };
    },
  });
