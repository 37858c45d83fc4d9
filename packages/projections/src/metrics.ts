import type { Meter } from '@opentelemetry/api';

/** Reports the position, lag and work of a runner on the meter, under the name of its projection. */
export const observeRunner = (
  meter: Meter,
  runner: {
    readonly name: string;
    readonly position: bigint;
    readonly lagSeconds: number;
    readonly applied: number;
  },
): void => {
  const attributes = { projection: runner.name };
  meter
    .createObservableGauge('projection_position', { description: 'Place in the log that the rows stand at.' })
    .addCallback((result) => result.observe(Number(runner.position), attributes));
  meter
    .createObservableGauge('projection_lag_seconds', {
      description: 'Age of the newest applied event while more events wait, else 0.',
    })
    .addCallback((result) => result.observe(runner.lagSeconds, attributes));
  meter
    .createObservableCounter('projection_events_applied', {
      description: 'Events applied since the process started.',
    })
    .addCallback((result) => result.observe(runner.applied, attributes));
};
