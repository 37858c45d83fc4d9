import type { Attributes, Meter } from '@opentelemetry/api';

/** Counters for operators. Without a meter, nothing is counted. */
export interface EventStoreMetrics {
  /** An append or a read was retried because the store did not answer. */
  retried(what: 'append' | 'read'): void;
  reconnected(): void;
}

export const createEventStoreMetrics = (meter: Meter | undefined): EventStoreMetrics => {
  const counter = (name: string, unit: string, description: string): ((attributes?: Attributes) => void) => {
    const instrument = meter?.createCounter(name, { description, unit });
    return (attributes) => instrument?.add(1, attributes);
  };
  const retries = counter('mission_control.event_store.retries', '{retry}', 'Retries of appends and reads.');
  const reconnects = counter(
    'mission_control.event_store.reconnects',
    '{reconnect}',
    'Connections made after one was lost.',
  );
  return {
    retried: (what) => retries({ what }),
    reconnected: () => reconnects(),
  };
};
