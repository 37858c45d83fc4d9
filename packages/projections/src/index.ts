export { createProjectionCheckpoints, type ProjectionCheckpoints } from './checkpoints.ts';
export * from './errors.ts';
export type { ProjectedEvent, Projection } from './projection.ts';
export { ProjectionRunner } from './runner.ts';
export { standBy } from './stand-by.ts';
export { statement, statementName } from './statement.ts';
export { waitForProjections } from './wait.ts';
