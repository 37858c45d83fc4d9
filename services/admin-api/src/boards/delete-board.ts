import { aggregates } from '@mission-control/aggregates';
import { CommandRejected, decideBoard, openBoard } from '@mission-control/domain';
import { Controller, Delete } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Deleted } from '../http/pages.ts';
import { BoardId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { DeletedMembers } from './deleted-members.ts';
import { SlugReservations } from './slug-reservations.ts';

@ApiTags('Boards')
@Controller('api/v1/boards/:board_id')
export class DeleteBoard {
  constructor(
    private readonly commands: Commands,
    private readonly slugs: SlugReservations,
    private readonly deletedMembers: DeletedMembers,
  ) {}

  @Delete()
  @ApiOperation({ summary: 'Delete a board', description: 'Rejected (409) while it has agents or webhooks.' })
  @ZodResponse({ status: 200, type: Deleted })
  async delete(@CallerOf() caller: Caller, @BoardId() boardId: string): Promise<Deleted> {
    const slug = await this.#deleteOrClear(caller, boardId);
    const held = await this.slugs.heldBy(boardId, slug);
    if (held) await this.slugs.release(caller, held);
    return { ok: true };
  }

  /** @returns the board's slug */
  async #deleteOrClear(caller: Caller, boardId: string): Promise<string> {
    try {
      return await this.#deleteEmpty(caller, boardId);
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'board_not_empty') throw error;
      if (!(await this.deletedMembers.removeAll(caller, boardId))) throw error;
      return this.#deleteEmpty(caller, boardId);
    }
  }

  async #deleteEmpty(caller: Caller, boardId: string): Promise<string> {
    const { before } = await this.commands.decide(caller, aggregates.board, boardId, (state) =>
      decideBoard({ type: 'DeleteBoard' }, state),
    );
    return openBoard(before).slug;
  }
}
