import type { Metrics } from '@mission-control/runtime';

/** What is read whenever metrics are collected. */
interface Watched {
  readonly openTasks: number;
  readonly overdueSeconds: number;
}

export interface StewardMetrics {
  /** Reports this session from now on. */
  readonly watch: (session: Watched) => void;
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
  return {
    watch: (next) => {
      session = next;
    },
  };
};
