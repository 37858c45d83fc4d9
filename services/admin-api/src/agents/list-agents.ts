import { listAgents } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { asOf } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { pageQuery } from '../http/pages.ts';
import { id } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';
import { AgentList } from './agent-answer.ts';

class ListAgentsQuery extends createZodDto(
  z.object({ ...pageQuery, as_of: asOf, board_id: id.optional() }),
) {}

@ApiTags('Agents')
@Controller('api/v1/agents')
export class ListAgents {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List agents, newest first', description: 'Of one board or of all boards.' })
  @ZodResponse({ status: 200, type: AgentList })
  async list(
    @CallerOf() caller: Caller,
    @Query() { as_of, board_id: boardId, ...page }: ListAgentsQuery,
  ): Promise<AgentList> {
    if (!as_of) return listAgents(this.reads.db, boardId, page);
    const point = await this.points.find(caller, as_of);
    return this.past.list('agent', point, { ...page, boardId }, (id) => this.past.agent(id, point));
  }
}
