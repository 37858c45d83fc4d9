import type { Meter } from '@opentelemetry/api';

/** Reports the position, lag and work of a runner on the meter, under the name of its projection. */
export const observeRunner = (
  meter: Meter,
  runner: {
    readonly name: string;
    readonly position: bigint;
    readonly lagSeconds: number | undefined;
    readonly applied: number;
  },
): void => {
  const attributes = { projection: runner.name };
  meter
    .createObservableGauge('projection.position', {
      description: 'Position in the log that the rows have reached.',
      unit: '1',
    })
    .addCallback((result) => result.observe(Number(runner.position), attributes));
  meter
    .createObservableGauge('projection.lag', {
      description: 'Age of the oldest unprocessed event; 0 when caught up.',
      unit: 's',
    })
    .addCallback((result) => {
      const { lagSeconds } = runner;
      if (lagSeconds !== undefined) result.observe(lagSeconds, attributes);
    });
  meter
    .createObservableCounter('projection.events', {
      description: 'Events applied since the process started.',
      unit: '{event}',
    })
    .addCallback((result) => result.observe(runner.applied, attributes));
};
