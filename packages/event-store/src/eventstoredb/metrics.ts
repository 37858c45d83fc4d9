import type { Attributes, Meter } from '@opentelemetry/api';

/** Counters for operators. Without a meter, nothing is counted. */
export interface EventStoreMetrics {
  appended(outcome: 'stored' | 'conflict' | 'failed'): void;
  /** An append or a read was retried because the store did not answer. */
  retried(what: 'append' | 'read'): void;
  reconnected(): void;
}

export const createEventStoreMetrics = (meter: Meter | undefined): EventStoreMetrics => {
  const counter = (name: string, unit: string, description: string): ((attributes?: Attributes) => void) => {
    const instrument = meter?.createCounter(name, { description, unit });
    return (attributes) => instrument?.add(1, attributes);
  };
  const appends = counter('event_store.appends', '{append}', 'Appends that were answered, by outcome.');
  const retries = counter('event_store.retries', '{retry}', 'Retries of appends and reads.');
  const reconnects = counter('event_store.reconnects', '{reconnect}', 'Connections made after one was lost.');
  return {
    appended: (outcome) => appends({ outcome }),
    retried: (what) => retries({ what }),
    reconnected: () => reconnects(),
  };
};
