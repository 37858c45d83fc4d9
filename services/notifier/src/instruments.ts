import type { Metrics } from '@mission-control/runtime';
import type { Cause } from './telling/cause.ts';

/** What the notifier measures. */
export interface Instruments {
  readonly told: (cause: Cause) => void;
  readonly parked: (reason: string) => void;
  readonly failed: (reason: string) => void;
  readonly attemptFailed: (code: string) => void;
}

export const createInstruments = ({ meter }: Metrics, resting: () => number): Instruments => {
  const told = meter.createCounter('notifier_told', { description: 'Agents told' });
  const parked = meter.createCounter('notifier_parked', { description: 'Deliveries parked, by reason' });
  const failed = meter.createCounter('notifier_failed', {
    description: 'Deliveries failed for good, by reason',
  });
  const attempts = meter.createCounter('notifier_attempts_failed', {
    description: 'Attempts failed, by code',
  });
  const latency = meter.createHistogram('notifier_latency', {
    unit: 's',
    description: 'From the arrival of a payload until its agent was told',
    advice: { explicitBucketBoundaries: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] },
  });
  meter
    .createObservableGauge('notifier_resting_gateways', {
      description: 'OpenClaw gateways with an open circuit',
    })
    .addCallback((result) => result.observe(resting()));
  return {
    told: ({ type, payload }) => {
      told.add(1);
      if (type === 'WebhookPayloadReceived' && payload) {
        latency.record((Date.now() - Date.parse(payload.receivedAt)) / 1000);
      }
    },
    parked: (reason) => parked.add(1, { reason }),
    failed: (reason) => failed.add(1, { reason }),
    attemptFailed: (code) => attempts.add(1, { code }),
  };
};
