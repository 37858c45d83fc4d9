import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { AgentId } from '../http/path-ids.ts';
import { ChangeList, HistoryQuery } from './change-entry.ts';
import { Histories } from './histories.ts';

@ApiTags('Audit')
@Controller('api/v1/agents/:agent_id/history')
export class AgentHistory {
  constructor(private readonly histories: Histories) {}

  @Get()
  @ApiOperation({
    summary: 'List every change of an agent, newest first',
    description:
      "Also after it was deleted. When it became or stopped being the lead is in the board's history.",
  })
  @ZodResponse({ status: 200, type: ChangeList })
  list(@AgentId() agentId: string, @Query() query: HistoryQuery): Promise<ChangeList> {
    return this.histories.ofResource('agent', agentId, query, ({ board_id, name, openclaw_session_id }) => ({
      ...{ board_id, name, openclaw_session_id },
    }));
  }
}
