import { z } from 'zod';

const build = { projection: z.string().min(1), build: z.int().positive() };

/** The rebuilds of a projection. Its builds are in the database of the read models; that someone asked for one is a fact. */
export const projectionEvents = {
  /** A build shall be filled beside the live one. Cause `version`: the code of a release demands it. */
  ProjectionRebuildRequested: z.object({ ...build, cause: z.enum(['request', 'version']) }),
  /** The build shall not become the live one. */
  ProjectionRebuildCancelled: z.object(build),
  /** The build has caught up with the live one, and takes its place. */
  ProjectionRebuilt: z.object({ ...build, version: z.int().positive() }),
};
