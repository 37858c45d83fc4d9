export {
  beginBuild,
  cancelBuild,
  dropUnread,
  fillingOf,
  inEveryBuild,
  noteProgress,
  readersLock,
} from './builds/build-tables.ts';
export { shareOf } from './builds/share.ts';
export { switchTo } from './builds/switch.ts';
export {
  type Build,
  buildsChannel,
  createProjectionBuilds,
  highestBuild,
  listBuilds,
  type ProjectionBuilds,
  readableBuild,
} from './builds/table.ts';
export { createProjectionCheckpoints, type ProjectionCheckpoints } from './checkpoints.ts';
export * from './errors.ts';
export { type BatchMetrics, createBatchMetrics, observeRunner } from './metrics.ts';
export type { ProjectedEvent, Projection } from './projection.ts';
export { livePatienceMs, ProjectionRunner } from './runner.ts';
export { standBy } from './stand-by.ts';
export { statement, statementName } from './statement.ts';
export { waitForProjections } from './wait.ts';
