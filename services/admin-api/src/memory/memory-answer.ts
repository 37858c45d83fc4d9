import type { DomainEvent } from '@mission-control/contracts';
import type { BoardMemoryRow } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';

const memoryEntry = z.object({
  id: z.uuid(),
  board_id: z.uuid(),
  content: z.string(),
  tags: z.array(z.string()),
  source: textOrNull.describe('Who wrote it: webhook, admin or agent.'),
  is_chat: z.boolean(),
  note: textOrNull.describe(
    'Of a payload: "filtered: <reason>", or "told together with 3 others". Tags delivery:filtered and delivery:coalesced find such entries.',
  ),
  created_at: z.iso.datetime(),
});

export class MemoryAnswer extends createZodDto(memoryEntry) {}
export class MemoryList extends createZodDto(listOf(memoryEntry)) {}

export const memoryAnswerOf = ({ data, metadata }: DomainEvent<'MemoryEntryAdded'>): MemoryAnswer => ({
  id: data.entryId,
  board_id: data.boardId,
  content: data.content,
  tags: data.tags,
  source: data.source,
  is_chat: data.isChat,
  note: null,
  created_at: metadata.occurredAt,
});

export const memoryAnswerOfRow = (row: BoardMemoryRow): MemoryAnswer => ({
  id: row.id,
  board_id: row.board_id,
  content: row.content,
  tags: [...row.tags],
  source: row.source,
  is_chat: row.is_chat,
  note: row.note,
  created_at: row.created_at,
});
