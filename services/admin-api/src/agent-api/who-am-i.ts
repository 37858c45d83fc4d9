import { findAgent } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { AgentAnswer } from '../agents/agent-answer.ts';
import { AgentOf, type CallingAgent } from '../http/caller.ts';
import { notFound } from '../http/not-found.ts';
import { Reads } from '../stores/reads.ts';

@ApiTags('Agent API')
@Controller('api/v1/agent/me')
export class WhoAmI {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'Show the agent that the token belongs to' })
  @ZodResponse({ status: 200, type: AgentAnswer })
  async show(@AgentOf() { id }: CallingAgent): Promise<AgentAnswer> {
    const agent = await findAgent(this.reads.db, id);
    if (!agent) throw notFound('agent');
    return agent;
  }
}
