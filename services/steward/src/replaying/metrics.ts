import type { Metrics } from '@mission-control/runtime';

const outcomes = ['requested', 'done', 'failed', 'skipped'] as const;
type Outcome = (typeof outcomes)[number];

export interface ReplayMetrics {
  readonly item: (outcome: Outcome) => void;
  /** Reports these replays from now on. */
  readonly watch: (open: () => { readonly running: number; readonly paused: number }) => void;
}

export const createReplayMetrics = ({ meter }: Metrics): ReplayMetrics => {
  let open = () => ({ running: 0, paused: 0 });
  const items = meter.createCounter('mission_control.replay.items', {
    unit: '{item}',
    description: 'Items of replays that were requested or skipped, or whose delivery got its outcome.',
  });
  for (const outcome of outcomes) items.add(0, { outcome });
  meter
    .createObservableGauge('mission_control.replays', {
      unit: '{replay}',
      description: 'Replays that this steward works on, and that are paused.',
    })
    .addCallback((result) => {
      for (const [state, count] of Object.entries(open())) result.observe(count, { state });
    });
  return {
    item: (outcome) => items.add(1, { outcome }),
    watch: (next) => {
      open = next;
    },
  };
};
