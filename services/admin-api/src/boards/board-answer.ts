import type { OpenBoard } from '@mission-control/domain';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import type { Times } from '../stores/commands.ts';

const board = z.object({
  id: z.uuid(),
  name: z.string(),
  slug: z.string(),
  description: z.string(),
  gateway_id: z.uuid().nullable(),
  lead_agent_id: z.uuid().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export class BoardAnswer extends createZodDto(board) {}
export class BoardList extends createZodDto(listOf(board)) {}

export const boardAnswerOf = (open: OpenBoard, times: Times): BoardAnswer => ({
  id: open.boardId,
  name: open.name,
  slug: open.slug,
  description: open.description,
  gateway_id: open.gatewayId,
  lead_agent_id: open.leadAgentId,
  ...times,
});
