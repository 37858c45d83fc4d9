import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { BoardId } from '../http/path-ids.ts';
import { ChangeList, HistoryQuery } from './change-entry.ts';
import { Histories } from './histories.ts';

@ApiTags('Audit')
@Controller('api/v1/boards/:board_id/history')
export class BoardHistory {
  constructor(private readonly histories: Histories) {}

  @Get()
  @ApiOperation({
    summary: 'List every change of a board, newest first',
    description:
      'Also after it was deleted. Agents and webhooks that were added or removed are named; their own changes are in their own histories.',
  })
  @ZodResponse({ status: 200, type: ChangeList })
  list(@BoardId() boardId: string, @Query() query: HistoryQuery): Promise<ChangeList> {
    return this.histories.ofResource(
      'board',
      boardId,
      query,
      ({ name, slug, description, gateway_id, lead_agent_id }) => ({
        ...{ name, slug, description, gateway_id, lead_agent_id },
      }),
    );
  }
}
