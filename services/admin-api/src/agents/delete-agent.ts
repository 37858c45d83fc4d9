import { aggregates } from '@mission-control/aggregates';
import { activeAgent, CommandRejected, decideAgent, decideBoard } from '@mission-control/domain';
import { Controller, Delete } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Deleted } from '../http/pages.ts';
import { AgentId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';

@ApiTags('Agents')
@Controller('api/v1/agents/:agent_id')
export class DeleteAgent {
  constructor(private readonly commands: Commands) {}

  @Delete()
  @ApiOperation({
    summary: 'Delete an agent',
    description:
      'Webhooks that name the agent keep naming it. Deliveries to it are parked until they name another agent.',
  })
  @ZodResponse({ status: 200, type: Deleted })
  async delete(@CallerOf() caller: Caller, @AgentId() agentId: string): Promise<Deleted> {
    const { before } = await this.commands.decide(caller, aggregates.agent, agentId, (state) =>
      decideAgent({ type: 'DeleteAgent' }, state),
    );
    await this.#leave(caller, activeAgent(before).boardId, agentId);
    return { ok: true };
  }

  /** A board removes deleted agents that are in its way. It may have removed this one already, and may itself be deleted. */
  async #leave(caller: Caller, boardId: string, agentId: string): Promise<void> {
    try {
      await this.commands.decide(caller, aggregates.board, boardId, (state) =>
        decideBoard({ type: 'RemoveAgent', agentId }, state),
      );
    } catch (error) {
      if (!(error instanceof CommandRejected)) throw error;
    }
  }
}
