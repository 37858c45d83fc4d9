import { findAgent } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { AsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { notFound } from '../http/not-found.ts';
import { AgentId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { AgentAnswer } from './agent-answer.ts';

@ApiTags('Agents')
@Controller('api/v1/agents/:agent_id')
export class GetAgent {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show one agent' })
  @ZodResponse({ status: 200, type: AgentAnswer })
  async get(
    @CallerOf() caller: Caller,
    @AgentId() agentId: string,
    @Query() query: AsOfQuery,
  ): Promise<AgentAnswer> {
    if (query.as_of) return this.past.agent(agentId, await this.points.find(caller, query.as_of));
    const agent = await findAgent(this.reads.db, agentId);
    if (!agent) throw notFound('agent');
    return agent;
  }
}
