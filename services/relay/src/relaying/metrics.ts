import type { Metrics } from '@mission-control/runtime';

/** What is read whenever metrics are collected. */
interface Watched {
  readonly outstanding: number;
  readonly lagSeconds: number;
}

export interface RelayMetrics {
  readonly published: () => void;
  readonly republished: () => void;
  /** From now on, shows this session. */
  readonly watch: (session: Watched) => void;
}

export const createRelayMetrics = ({ meter }: Metrics): RelayMetrics => {
  const published = meter.createCounter('relay.published', {
    unit: '{message}',
    description: 'References that JetStream has stored',
  });
  const republished = meter.createCounter('relay.republished', {
    unit: '{message}',
    description: 'References that the sweep published again',
  });
  let session: Watched = { outstanding: 0, lagSeconds: 0 };
  meter
    .createObservableGauge('relay.outstanding', {
      unit: '{delivery}',
      description: 'Deliveries without an outcome',
    })
    .addCallback((result) => result.observe(session.outstanding));
  meter
    .createObservableGauge('relay.lag', {
      unit: 's',
      description: 'Age of the oldest event that is not read or whose reference JetStream has not stored',
    })
    .addCallback((result) => result.observe(session.lagSeconds));
  return {
    published: () => published.add(1),
    republished: () => republished.add(1),
    watch: (next) => {
      session = next;
    },
  };
};
