import { observeRunner } from '@mission-control/projections';
import type { Meter } from '@opentelemetry/api';
import type { ProjectionKeeper } from './projection-keeper.ts';

/** Reports the live build as the projection, and beside it the builds and the progress of a rebuild. */
export const observeKeeper = (meter: Meter, keeper: ProjectionKeeper): void => {
  const attributes = { projection: keeper.name };
  observeRunner(meter, {
    name: keeper.name,
    get position() {
      return keeper.live?.runner.position ?? -1n;
    },
    get lagSeconds() {
      return keeper.live?.runner.lagSeconds;
    },
    get eventsBehind() {
      return keeper.live?.runner.eventsBehind;
    },
    get applied() {
      return keeper.applied;
    },
  });
  meter
    .createObservableGauge('mission_control.projection.builds', {
      description: 'Builds that are not dropped.',
      unit: '{build}',
    })
    .addCallback((result) => {
      for (const state of ['building', 'live', 'retired'] as const)
        result.observe(keeper.builds.filter((build) => build.state === state).length, {
          ...attributes,
          state,
        });
    });
  meter
    .createObservableGauge('mission_control.projection.rebuild.progress', {
      description: 'Share of the log that the build being filled has passed; 1: none is being filled.',
      unit: '1',
    })
    .addCallback((result) => result.observe(keeper.progress, attributes));
};
