import type { Attributes, Meter } from '@opentelemetry/api';

/** Counters for operators. Without a meter, nothing is counted. */
export interface Instruments {
  appended(outcome: 'stored' | 'conflict' | 'failed'): void;
  /** An append or a read was retried because the store did not answer. */
  retried(what: 'append' | 'read'): void;
  reconnected(): void;
}

export const createInstruments = (meter: Meter | undefined): Instruments => {
  const counter = (name: string, description: string): ((attributes?: Attributes) => void) => {
    const instrument = meter?.createCounter(name, { description });
    return (attributes) => instrument?.add(1, attributes);
  };
  const appends = counter('event_store.appends', 'Appends answered, by outcome');
  const retries = counter('event_store.retries', 'Appends and reads that were tried again');
  const reconnects = counter('event_store.reconnects', 'Connections made after one was lost');
  return {
    appended: (outcome) => appends({ outcome }),
    retried: (what) => retries({ what }),
    reconnected: () => reconnects(),
  };
};
