import { aggregates } from '@mission-control/aggregates';
import { decideBoard, openBoard } from '@mission-control/domain';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';

/**
 * Agents and webhooks are struck off their board after they were deleted (those that were never created are deleted by the
 * steward a minute later). Until then the board knows them still: whoever finds one in the way removes it here.
 */
@Injectable()
export class LeftMembers {
  constructor(private readonly commands: Commands) {}

  /** Strikes off all that are deleted. Stops and answers false at the first agent or webhook that is not. */
  async removeAll(caller: Caller, boardId: string): Promise<boolean> {
    const board = openBoard(await this.commands.load(aggregates.board, boardId));
    for (const agentId of board.agents) {
      if (!(await this.removeAgent(caller, boardId, agentId))) return false;
    }
    for (const webhookId of board.webhooks) {
      const webhook = await this.commands.load(aggregates.webhook, webhookId);
      if (webhook.status !== 'deleted') return false;
      await this.commands.decide(caller, aggregates.board, boardId, (state) =>
        decideBoard({ type: 'RemoveWebhook', webhookId }, state),
      );
    }
    return true;
  }

  /** Strikes the agent off if it is deleted; answers whether it was. */
  async removeAgent(caller: Caller, boardId: string, agentId: string): Promise<boolean> {
    const agent = await this.commands.load(aggregates.agent, agentId);
    if (agent.status !== 'deleted') return false;
    await this.commands.decide(caller, aggregates.board, boardId, (state) =>
      decideBoard({ type: 'RemoveAgent', agentId }, state),
    );
    return true;
  }
}
