import { aggregates } from '@mission-control/aggregates';
import { decideBoard, openBoard } from '@mission-control/domain';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';

/**
 * An agent or webhook is removed from its board after it was deleted. (If it was never created, the steward deletes it after a
 * minute.) Until then the board still lists it. A command that is blocked by such a member removes it here.
 */
@Injectable()
export class DeletedMembers {
  constructor(private readonly commands: Commands) {}

  /** Removes all deleted members from the board. Stops and returns false at the first agent or webhook that is not deleted. */
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

  /** Removes the agent from the board if it is deleted. Returns whether it was. */
  async removeAgent(caller: Caller, boardId: string, agentId: string): Promise<boolean> {
    const agent = await this.commands.load(aggregates.agent, agentId);
    if (agent.status !== 'deleted') return false;
    await this.commands.decide(caller, aggregates.board, boardId, (state) =>
      decideBoard({ type: 'RemoveAgent', agentId }, state),
    );
    return true;
  }
}
