import type { Meter } from '@opentelemetry/api';
import type { Readiness } from './readiness.ts';

/** Reports the answers of /readyz as metrics, so that an alert can name what a service lacks. The checks run at each collection. */
export const observeReadiness = (meter: Meter, readiness: () => Promise<Readiness>): void => {
  const ready = meter.createObservableGauge('mission_control.ready', {
    description: '1 if /readyz answers 200.',
    unit: '{service}',
  });
  const check = meter.createObservableGauge('mission_control.readiness.check', {
    description: '1 if the check of /readyz passes.',
    unit: '{check}',
  });
  meter.addBatchObservableCallback(
    async (result) => {
      const now = await readiness();
      result.observe(ready, now.ready ? 1 : 0);
      for (const [name, { ok }] of Object.entries(now.checks)) {
        result.observe(check, ok ? 1 : 0, { check: name });
      }
    },
    [ready, check],
  );
};
