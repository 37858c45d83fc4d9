import type { Attributes, Meter } from '@opentelemetry/api';

/** Seconds. */
const boundaries = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** Measures the batches of a projection. */
export interface BatchMetrics {
  readonly applied: (ms: number) => void;
  readonly failed: (ms: number, error: unknown) => void;
}

export const createBatchMetrics = (meter: Meter, projection: string): BatchMetrics => {
  const duration = meter.createHistogram('mission_control.projection.batch.duration', {
    description: 'Transactions of events.',
    unit: 's',
    advice: { explicitBucketBoundaries: boundaries },
  });
  const record = (ms: number, attributes: Attributes) =>
    duration.record(ms / 1000, { projection, ...attributes });
  return {
    applied: (ms) => record(ms, {}),
    failed: (ms, error) => record(ms, { 'error.type': (error as Error | null)?.name ?? 'error' }),
  };
};

/** Reports the position, lag and work of a runner on the meter, under the name of its projection. */
export const observeRunner = (
  meter: Meter,
  runner: {
    readonly name: string;
    readonly position: bigint;
    readonly lagSeconds: number | undefined;
    readonly eventsBehind: number | undefined;
    readonly applied: number;
  },
): void => {
  const attributes = { projection: runner.name };
  meter
    .createObservableGauge('mission_control.projection.position', {
      description: 'Position in the log that the rows have reached.',
      unit: '{position}',
    })
    .addCallback((result) => result.observe(Number(runner.position), attributes));
  meter
    .createObservableGauge('mission_control.projection.lag', {
      description: 'Age of the oldest unprocessed event; 0 when caught up.',
      unit: 's',
    })
    .addCallback((result) => {
      const { lagSeconds } = runner;
      if (lagSeconds !== undefined) result.observe(lagSeconds, attributes);
    });
  meter
    .createObservableGauge('mission_control.projection.events.behind', {
      description: 'Events that are read and not applied; levels off at two batches.',
      unit: '{event}',
    })
    .addCallback((result) => {
      const { eventsBehind } = runner;
      if (eventsBehind !== undefined) result.observe(eventsBehind, attributes);
    });
  meter
    .createObservableCounter('mission_control.projection.events', {
      description: 'Events applied since the process started.',
      unit: '{event}',
    })
    .addCallback((result) => result.observe(runner.applied, attributes));
};
