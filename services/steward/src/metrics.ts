import type { RemovalReason } from '@mission-control/domain';
import type { Metrics } from '@mission-control/runtime';

/** What is read whenever metrics are collected. */
interface Watched {
  readonly openTasks: number;
  readonly overdueSeconds: number;
}

export interface StewardMetrics {
  /** Reports this session from now on. */
  readonly watch: (session: Watched) => void;
  readonly payloadsExpired: (payloads: number) => void;
  /** Deliveries that ended because their payload was removed. */
  readonly deliveriesEnded: (deliveries: number, reason: RemovalReason) => void;
  /** The age of the oldest payload that a rule will remove, in seconds; 0: there is none. */
  readonly oldestPayload: (ageSeconds: number) => void;
  /** A verification of the history has ended. */
  readonly verified: (status: 'verified' | 'failed') => void;
}

export const createStewardMetrics = ({ meter }: Metrics): StewardMetrics => {
  let session: Watched = { openTasks: 0, overdueSeconds: 0 };
  meter
    .createObservableGauge('mission_control.steward.tasks', {
      unit: '{task}',
      description: 'Tasks that have not run yet.',
    })
    .addCallback((result) => result.observe(session.openTasks));
  meter
    .createObservableGauge('mission_control.steward.lag', {
      unit: 's',
      description: 'How long the task that is due longest has been due; 0: none is.',
    })
    .addCallback((result) => result.observe(session.overdueSeconds));
  const expired = meter.createCounter('mission_control.retention.payloads.expired', {
    unit: '{payload}',
    description: 'Payloads whose retention has ended.',
  });
  expired.add(0);
  const ended = meter.createCounter('mission_control.retention.deliveries.ended', {
    unit: '{delivery}',
    description: 'Deliveries that ended because their payload expired or was deleted.',
  });
  const verifications = meter.createCounter('mission_control.audit.verifications', {
    unit: '{verification}',
    description: 'Verifications of the history that have ended.',
  });
  for (const status of ['verified', 'failed']) verifications.add(0, { status });
  let oldestSeconds = 0;
  meter
    .createObservableGauge('mission_control.retention.oldest.age', {
      unit: 's',
      description:
        'Age of the oldest payload of the webhooks that have a rule for retention, when it was last checked.',
    })
    .addCallback((result) => result.observe(oldestSeconds));
  return {
    watch: (next) => {
      session = next;
    },
    payloadsExpired: (payloads) => expired.add(payloads),
    deliveriesEnded: (deliveries, reason) => {
      if (deliveries > 0) ended.add(deliveries, { reason });
    },
    oldestPayload: (ageSeconds) => {
      oldestSeconds = ageSeconds;
    },
    verified: (status) => verifications.add(1, { status }),
  };
};
