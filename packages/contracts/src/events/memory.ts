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
    /** What became of the payload: `filtered: notify_when`. Absent: nothing that entries mention. */
    note: z.string().optional(),
  }),
  /** An admin pruned these entries. They never come back, not even with another arrival of their payload. */
  MemoryEntriesPruned: z.object({
    boardId: z.uuid(),
    entryIds: z.array(z.uuid()).readonly(),
    /** What the admin asked for. */
    criteria: z.object({
      before: z.iso.datetime().nullable(),
      tag: z.string().nullable(),
      source: z.string().nullable(),
      isChat: z.boolean().nullable(),
    }),
  }),
};
