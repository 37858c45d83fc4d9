import type { Metrics } from '@mission-control/runtime';

/** What is read whenever metrics are collected. */
interface Watched {
  readonly openTasks: number;
}

export interface StewardMetrics {
  /** From now on, shows this session. */
  readonly watch: (session: Watched) => void;
}

export const createStewardMetrics = ({ meter }: Metrics): StewardMetrics => {
  let session: Watched = { openTasks: 0 };
  meter
    .createObservableGauge('steward.tasks.open', {
      unit: '{task}',
      description: 'Tasks that facts demand and that have not run yet',
    })
    .addCallback((result) => result.observe(session.openTasks));
  return {
    watch: (next) => {
      session = next;
    },
  };
};
