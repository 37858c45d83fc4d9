import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';

const position = z.string().nullable().describe('In the log. null: no event is applied.');

const rebuildAnswer = z.object({
  build: z.int().describe('The number of the build that is being filled.'),
  cause: z.enum(['request', 'version']).describe('version: a release demands it.'),
  requested_by: z.string().describe('Kind and id of the actor, as in `admin:root`.'),
  requested_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable().describe('null: the projector has not begun yet.'),
  position,
  target: position.describe('Where the live build is. The build is switched to when it gets there.'),
  progress: z.number().min(0).max(1),
  events_per_second: z.number().nullable().describe('Lately; null: unknown.'),
  seconds_left: z.number().nullable().describe('At this rate; null: unknown.'),
  problem: z.string().nullable().describe('Why it does not get on; null: it does.'),
});
export type RebuildAnswer = z.infer<typeof rebuildAnswer>;

export class ProjectionAnswer extends createZodDto(
  z.object({
    name: z.string(),
    version: z.int().nullable().describe('Of the code that wrote the rows; null: nothing is written yet.'),
    build: z.int().describe('The number of the live build.'),
    position,
    lag_events: z
      .int()
      .nullable()
      .describe('Events that are not applied yet. null: unknown, or more than 1,000.'),
    lag_seconds: z.number().nullable().describe('The age of the oldest of them; null: unknown.'),
    state: z
      .enum(['current', 'behind', 'rebuilding'])
      .describe('behind: events wait that are older than 2 s. rebuilding: a build is being filled.'),
    rebuild: rebuildAnswer.nullable(),
  }),
) {}

export class ProjectionList extends createZodDto(z.object({ items: z.array(ProjectionAnswer.schema) })) {}
