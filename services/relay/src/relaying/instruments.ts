import type { Metrics } from '@mission-control/runtime';

/** The metrics of the relay. */
export interface Instruments {
  readonly published: () => void;
  readonly swept: () => void;
  /** Read whenever metrics are collected. */
  watch: { outstanding: () => number; lagSeconds: () => number };
}

export const createInstruments = ({ meter }: Metrics): Instruments => {
  const published = meter.createCounter('relay_published', { description: 'References handed to JetStream' });
  const swept = meter.createCounter('relay_swept', {
    description: 'References published again by the sweep',
  });
  const instruments: Instruments = {
    published: () => published.add(1),
    swept: () => swept.add(1),
    watch: { outstanding: () => 0, lagSeconds: () => 0 },
  };
  meter
    .createObservableGauge('relay_outstanding', { description: 'Deliveries without an outcome' })
    .addCallback((result) => result.observe(instruments.watch.outstanding()));
  meter
    .createObservableGauge('relay_lag', {
      unit: 's',
      description: 'Age of the newest event taken, 0 when caught up',
    })
    .addCallback((result) => result.observe(instruments.watch.lagSeconds()));
  return instruments;
};
