import { listAgents } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../http/pages.ts';
import { id } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';
import { AgentList } from './agent-answer.ts';

class ListAgentsQuery extends createZodDto(z.object({ ...pageQuery, board_id: id.optional() })) {}

@ApiTags('Agents')
@Controller('api/v1/agents')
export class ListAgents {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'List agents, newest first', description: 'Of one board or of all boards.' })
  @ZodResponse({ status: 200, type: AgentList })
  list(@Query() query: ListAgentsQuery): Promise<AgentList> {
    return listAgents(this.reads.db, query.board_id, query);
  }
}
