import type { Metrics } from '@mission-control/runtime';

type Happening = 'requested' | 'done' | 'failed' | 'skipped';

export interface ReplayMetrics {
  readonly item: (happening: Happening) => void;
  /** Reports these replays from now on. */
  readonly watch: (open: () => { readonly running: number; readonly paused: number }) => void;
}

export const createReplayMetrics = ({ meter }: Metrics): ReplayMetrics => {
  let open = () => ({ running: 0, paused: 0 });
  const items = meter.createCounter('mission_control.steward.replay.items', {
    unit: '{item}',
    description: 'Items of replays that were requested or skipped, or whose delivery got its outcome.',
  });
  meter
    .createObservableGauge('mission_control.steward.replays', {
      unit: '{replay}',
      description: 'Replays that this steward works on, and that are paused.',
    })
    .addCallback((result) => {
      for (const [state, count] of Object.entries(open())) result.observe(count, { state });
    });
  return {
    item: (happening) => items.add(1, { happening }),
    watch: (next) => {
      open = next;
    },
  };
};
