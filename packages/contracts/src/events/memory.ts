import { z } from 'zod';

const entry = {
  entryId: z.uuid(),
  boardId: z.uuid(),
  content: z.string(),
  tags: z.array(z.string()),
  isChat: z.boolean(),
};

export const memoryEvents = {
  MemoryEntryAdded: z.object({
    ...entry,
    source: z.string().nullable(),
    author: z.object({ kind: z.enum(['admin', 'agent']), id: z.string() }),
  }),
  /** A payload's memory entry that outlives the payload. Appended before the payload is removed. */
  MemoryEntryKept: z.object({
    ...entry,
    webhookId: z.uuid(),
    payloadId: z.uuid(),
    createdAt: z.iso.datetime(),
  }),
};
