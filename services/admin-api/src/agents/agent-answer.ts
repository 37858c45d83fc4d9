import type { ActiveAgent } from '@mission-control/domain';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';
import type { Times } from '../stores/commands.ts';

const agent = z.object({
  id: z.uuid(),
  board_id: z.uuid(),
  name: z.string(),
  is_board_lead: z.boolean(),
  openclaw_session_id: textOrNull,
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

export class AgentAnswer extends createZodDto(agent) {}
export class AgentList extends createZodDto(listOf(agent)) {}

/** The only response that ever contains an agent's token. */
export class AgentWithToken extends createZodDto(
  agent.extend({ token: z.string().describe('Shown once. The agent sends it in the header X-Agent-Token.') }),
) {}

export const agentAnswerOf = (agent: ActiveAgent, isBoardLead: boolean, times: Times): AgentAnswer => ({
  id: agent.agentId,
  board_id: agent.boardId,
  name: agent.name,
  is_board_lead: isBoardLead,
  openclaw_session_id: agent.openclawSessionId,
  ...times,
});
