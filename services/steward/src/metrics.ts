import type { Metrics } from '@mission-control/runtime';

/** What is read whenever metrics are collected. */
interface Watched {
  readonly openTasks: number;
}

export interface StewardMetrics {
  /** Reports this session from now on. */
  readonly watch: (session: Watched) => void;
}

export const createStewardMetrics = ({ meter }: Metrics): StewardMetrics => {
  let session: Watched = { openTasks: 0 };
  meter
    .createObservableGauge('steward.tasks.open', {
      unit: '{task}',
      description: 'Tasks that have not run yet',
    })
    .addCallback((result) => result.observe(session.openTasks));
  return {
    watch: (next) => {
      session = next;
    },
  };
};
