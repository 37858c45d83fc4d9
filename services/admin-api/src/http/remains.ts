import { z } from 'zod';

/** What is left of something that was deleted. */
export const remains = z
  .array(
    z.object({
      where: z.enum(['event_store', 'services', 'database', 'agent_session', 'backups']),
      what: z.string(),
      until: z.string().describe('When that is gone as well.'),
    }),
  )
  .describe('What remains, and where.');

export const backupsRemain = {
  where: 'backups',
  what: 'Whatever was backed up.',
  until: 'The backups are deleted.',
} as const;
