import type { Metrics } from '@mission-control/runtime';
import type { Cause } from './delivery/cause.ts';

/** What the notifier measures. */
export interface NotifierMetrics {
  /** @param outcome of a delivery; a delivery may have several, one after the other */
  readonly ended: (outcome: string, reason?: string | null) => void;
  readonly told: (cause: Pick<Cause, 'type' | 'requestedAt'>) => void;
  readonly attemptFailed: (code: string) => void;
  /** @param lagMs from the send to the confirmation */
  readonly confirmed: (lagMs: number) => void;
}

/** Current values. */
export interface NotifierCounts {
  /** OpenClaw gateways that messages are waiting for. */
  readonly unavailableGateways: () => number;
  readonly waiting: () => number;
  readonly followedRuns: () => number;
}

/** From an immediate answer up to the wait of a delivery whose OpenClaw gateway was unavailable for a while. */
const durationBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800];

const lagBoundaries = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

export const createNotifierMetrics = ({ meter }: Metrics, counts: NotifierCounts): NotifierMetrics => {
  const deliveries = meter.createCounter('notifier.deliveries', {
    unit: '{delivery}',
    description: 'What became of deliveries, by outcome and reason',
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
  const lag = meter.createHistogram('notifier.confirmation.lag', {
    unit: 's',
    description: 'From sending a message until the session has it',
    advice: { explicitBucketBoundaries: lagBoundaries },
  });
  const gauge = (name: string, unit: string, description: string, read: () => number) =>
    meter.createObservableGauge(name, { unit, description }).addCallback((result) => result.observe(read()));
  gauge(
    'notifier.openclaw_gateways.unavailable',
    '{gateway}',
    'OpenClaw gateways that messages wait for',
    counts.unavailableGateways,
  );
  gauge('notifier.lane.waiting', '{delivery}', 'Deliveries that wait for their turn', counts.waiting);
  gauge('notifier.runs.followed', '{run}', 'Runs whose end is awaited', counts.followedRuns);
  return {
    ended: (outcome, reason) => deliveries.add(1, { outcome, ...(reason && { reason }) }),
    told: ({ type, requestedAt }) => {
      deliveries.add(1, { outcome: 'told' });
      if (type === 'WebhookPayloadReceived') duration.record((Date.now() - requestedAt) / 1000);
    },
    attemptFailed: (code) => failedAttempts.add(1, { code }),
    confirmed: (lagMs) => lag.record(lagMs / 1000),
  };
};
