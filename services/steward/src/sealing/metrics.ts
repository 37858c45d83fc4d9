import type { Metrics } from '@mission-control/runtime';

export interface SealingMetrics {
  readonly sealed: (leaves: number) => void;
  readonly anchorFailed: (where: 'file' | 'url') => void;
  /** Reports from now on since when an event waits to be sealed, in milliseconds since 1970; null: none does. */
  readonly watch: (waitingSince: () => number | null) => void;
  /** Sealing has failed. Events wait until it works again. */
  readonly failed: () => void;
  /** Everything that was due is sealed. */
  readonly caughtUp: () => void;
}

export const createSealingMetrics = ({ meter }: Metrics): SealingMetrics => {
  let waitingSince: () => number | null = () => null;
  let failingSince: number | null = null;
  const leaves = meter.createCounter('mission_control.audit.leaves', {
    unit: '{event}',
    description: 'Events that became leaves of the Merkle log.',
  });
  leaves.add(0);
  const failures = meter.createCounter('mission_control.audit.anchor.failures', {
    unit: '{checkpoint}',
    description: 'Signed checkpoints that could not be kept outside the event store.',
  });
  for (const where of ['file', 'url']) failures.add(0, { where });
  meter
    .createObservableGauge('mission_control.audit.seal.lag', {
      unit: 's',
      description:
        'How long events have waited to be sealed, since the steward heard of the first of them; 0: none waits.',
    })
    .addCallback((result) => {
      const since = failingSince ?? waitingSince();
      result.observe(since === null ? 0 : Math.max(0, Date.now() - since) / 1000);
    });
  return {
    sealed: (count) => leaves.add(count),
    anchorFailed: (where) => failures.add(1, { where }),
    watch: (next) => {
      waitingSince = next;
    },
    failed: () => {
      failingSince ??= waitingSince() ?? Date.now();
    },
    caughtUp: () => {
      failingSince = null;
    },
  };
};
