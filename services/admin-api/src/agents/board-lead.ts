import { aggregates, type Decided } from '@mission-control/aggregates';
import { type Board, CommandRejected, decideBoard, openBoard } from '@mission-control/domain';
import { Injectable } from '@nestjs/common';
import { DeletedMembers } from '../boards/deleted-members.ts';
import type { Caller } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';

type MembershipCommand =
  | { type: 'AddAgent'; agentId: string; isLead: boolean }
  | { type: 'SetLead'; agentId: string; isLead: boolean };

/** The board decides which agents belong to it and which one leads. */
@Injectable()
export class BoardLead {
  constructor(
    private readonly commands: Commands,
    private readonly deletedMembers: DeletedMembers,
  ) {}

  /** @throws CommandRejected `board_has_lead`, unless the board's current lead has been deleted */
  async decide(caller: Caller, boardId: string, command: MembershipCommand): Promise<Decided<Board>> {
    const attempt = () =>
      this.commands.decide(caller, aggregates.board, boardId, (state) => decideBoard(command, state));
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'board_has_lead') throw error;
      const { leadAgentId } = openBoard(await this.commands.load(aggregates.board, boardId));
      if (leadAgentId && !(await this.deletedMembers.removeAgent(caller, boardId, leadAgentId))) throw error;
      return attempt();
    }
  }

  /** Whether the agent leads its board now. */
  async isLead(boardId: string, agentId: string): Promise<boolean> {
    const board = await this.commands.load(aggregates.board, boardId);
    return board.status === 'open' && board.leadAgentId === agentId;
  }
}
