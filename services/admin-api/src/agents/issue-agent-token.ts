import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { activeAgent, decideAgent } from '@mission-control/domain';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { AgentId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { AgentWithToken, agentAnswerOf } from './agent-answer.ts';
import { newAgentToken } from './agent-token.ts';
import { BoardLead } from './board-lead.ts';

@ApiTags('Agents')
@Controller('api/v1/agents/:agent_id/token')
export class IssueAgentToken {
  constructor(
    private readonly commands: Commands,
    private readonly boardLead: BoardLead,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Issue a new token for an agent', description: 'The old token stops working.' })
  @ZodResponse({ status: 201, type: AgentWithToken })
  async issue(@CallerOf() caller: Caller, @AgentId() agentId: string): Promise<AgentWithToken> {
    const { token, hash } = newAgentToken();
    const decided = await this.commands.decide(caller, aggregates.agent, agentId, (state) =>
      decideAgent({ type: 'IssueAgentToken', tokenHash: hash }, state),
    );
    const agent = activeAgent(decided.state);
    const [isLead, times] = await Promise.all([
      this.boardLead.isLead(agent.boardId, agentId),
      this.commands.timesOf(streams.agent(agentId), decided.revision),
    ]);
    return { ...agentAnswerOf(agent, isLead, times), token };
  }
}
