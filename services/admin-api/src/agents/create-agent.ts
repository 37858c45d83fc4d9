import { aggregates } from '@mission-control/aggregates';
import { newRandomId, streams } from '@mission-control/contracts';
import { activeAgent, CommandRejected, decideAgent } from '@mission-control/domain';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { id } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { AgentWithToken, agentAnswerOf } from './agent-answer.ts';
import { agentInput } from './agent-input.ts';
import { newAgentToken } from './agent-token.ts';
import { BoardLead } from './board-lead.ts';

class CreateAgentBody extends createZodDto(
  z.strictObject({
    board_id: id,
    name: agentInput.name,
    is_board_lead: agentInput.is_board_lead.default(false),
    openclaw_session_id: agentInput.openclaw_session_id.default(null),
  }),
) {}

@ApiTags('Agents')
@Controller('api/v1/agents')
export class CreateAgent {
  constructor(
    private readonly commands: Commands,
    private readonly boardLead: BoardLead,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create an agent', description: 'The token appears only in this response.' })
  @ZodResponse({ status: 201, type: AgentWithToken })
  async create(@CallerOf() caller: Caller, @Body() body: CreateAgentBody): Promise<AgentWithToken> {
    const agentId = newRandomId();
    const { token, hash } = newAgentToken();
    await this.#join(caller, body.board_id, agentId, body.is_board_lead);
    const decided = await this.commands.decide(caller, aggregates.agent, agentId, (state) =>
      decideAgent(
        {
          type: 'CreateAgent',
          agentId,
          boardId: body.board_id,
          name: body.name,
          openclawSessionId: body.openclaw_session_id,
          tokenHash: hash,
        },
        state,
      ),
    );
    const times = await this.commands.timesOf(streams.agent(agentId), decided.revision);
    return { ...agentAnswerOf(activeAgent(decided.state), body.is_board_lead, times), token };
  }

  /** The board id comes from the body here, not from the path, so an unknown board is invalid input. */
  async #join(caller: Caller, boardId: string, agentId: string, isLead: boolean): Promise<void> {
    try {
      await this.boardLead.decide(caller, boardId, { type: 'AddAgent', agentId, isLead });
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'board_not_found') throw error;
      throw new CommandRejected('invalid', 'unknown_board', `There is no board ${boardId}.`);
    }
  }
}
