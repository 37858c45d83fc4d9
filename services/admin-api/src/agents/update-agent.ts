import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { activeAgent, decideAgent } from '@mission-control/domain';
import { Body, Controller, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { AgentId } from '../http/path-ids.ts';
import { somethingToChange } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { AgentAnswer, agentAnswerOf } from './agent-answer.ts';
import { agentInput } from './agent-input.ts';
import { BoardLead } from './board-lead.ts';

class UpdateAgentBody extends createZodDto(
  z
    .strictObject(agentInput)
    .partial()
    .refine(...somethingToChange),
) {}

@ApiTags('Agents')
@Controller('api/v1/agents/:agent_id')
export class UpdateAgent {
  constructor(
    private readonly commands: Commands,
    private readonly boardLead: BoardLead,
  ) {}

  @Patch()
  @ApiOperation({
    summary: 'Change an agent',
    description: 'A board has one lead: a second one is rejected with 409.',
  })
  @ZodResponse({ status: 200, type: AgentAnswer })
  async update(
    @CallerOf() caller: Caller,
    @AgentId() agentId: string,
    @Body() body: UpdateAgentBody,
  ): Promise<AgentAnswer> {
    const { boardId } = activeAgent(await this.commands.load(aggregates.agent, agentId));
    if (body.is_board_lead !== undefined) {
      await this.boardLead.decide(caller, boardId, { type: 'SetLead', agentId, isLead: body.is_board_lead });
    }
    const decided = await this.commands.decide(caller, aggregates.agent, agentId, (state) =>
      decideAgent(
        { type: 'UpdateAgent', name: body.name, openclawSessionId: body.openclaw_session_id },
        state,
      ),
    );
    const [isLead, times] = await Promise.all([
      this.boardLead.isLead(boardId, agentId),
      this.commands.timesOf(streams.agent(agentId), decided.revision),
    ]);
    return agentAnswerOf(activeAgent(decided.state), isLead, times);
  }
}
