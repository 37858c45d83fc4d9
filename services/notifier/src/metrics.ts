import type { Metrics } from '@mission-control/runtime';
import type { Cause } from './telling/cause.ts';

/** What the notifier measures. */
export interface NotifierMetrics {
  readonly told: (cause: Cause) => void;
  readonly parked: (reason: string) => void;
  readonly failed: (reason: string) => void;
  readonly attemptFailed: (code: string) => void;
}

/** From an answer at once up to the waits of a delivery whose OpenClaw gateway was unavailable for a while. */
const durationBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

/** @param unavailableGateways returns the number of OpenClaw gateways with an open circuit */
export const createNotifierMetrics = (
  { meter }: Metrics,
  unavailableGateways: () => number,
): NotifierMetrics => {
  const deliveries = meter.createCounter('notifier.deliveries', {
    unit: '{delivery}',
    description: 'Deliveries that ended, by outcome and reason',
  });
  const failedAttempts = meter.createCounter('notifier.attempts.failed', {
    unit: '{attempt}',
    description: 'Attempts that failed, by code',
  });
  const duration = meter.createHistogram('notifier.delivery.duration', {
    unit: 's',
    description: 'From the arrival of a payload until its agent was told',
    advice: { explicitBucketBoundaries: durationBoundaries },
  });
  meter
    .createObservableGauge('notifier.openclaw_gateways.unavailable', {
      unit: '{gateway}',
      description: 'OpenClaw gateways with an open circuit',
    })
    .addCallback((result) => result.observe(unavailableGateways()));
  return {
    told: ({ type, payload }) => {
      deliveries.add(1, { outcome: 'told' });
      if (type === 'WebhookPayloadReceived' && payload) {
        duration.record((Date.now() - Date.parse(payload.receivedAt)) / 1000);
      }
    },
    parked: (reason) => deliveries.add(1, { outcome: 'parked', reason }),
    failed: (reason) => deliveries.add(1, { outcome: 'failed', reason }),
    attemptFailed: (code) => failedAttempts.add(1, { code }),
  };
};
