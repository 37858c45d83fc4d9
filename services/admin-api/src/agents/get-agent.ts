import { findAgent } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { notFound } from '../http/not-found.ts';
import { AgentId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { AgentAnswer } from './agent-answer.ts';

@ApiTags('Agents')
@Controller('api/v1/agents/:agent_id')
export class GetAgent {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'Show one agent' })
  @ZodResponse({ status: 200, type: AgentAnswer })
  async get(@AgentId() agentId: string): Promise<AgentAnswer> {
    const agent = await findAgent(this.reads.db, agentId);
    if (!agent) throw notFound('agent');
    return agent;
  }
}
