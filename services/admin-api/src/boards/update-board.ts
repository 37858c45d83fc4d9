import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { decideBoard, openBoard } from '@mission-control/domain';
import { Body, Controller, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId } from '../http/path-ids.ts';
import { somethingToChange } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { BoardAnswer, boardAnswerOf } from './board-answer.ts';
import { boardInput } from './board-input.ts';
import { requireOpenclawGateway } from './require-openclaw-gateway.ts';
import { type HeldSlug, SlugReservations } from './slug-reservations.ts';

class UpdateBoardBody extends createZodDto(
  z
    .strictObject(boardInput)
    .partial()
    .refine(...somethingToChange),
) {}

@ApiTags('Boards')
@Controller('api/v1/boards/:board_id')
export class UpdateBoard {
  constructor(
    private readonly commands: Commands,
    private readonly slugs: SlugReservations,
  ) {}

  @Patch()
  @ApiOperation({ summary: 'Change a board' })
  @ZodResponse({ status: 200, type: BoardAnswer })
  async update(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Body() body: UpdateBoardBody,
  ): Promise<BoardAnswer> {
    let wanted: HeldSlug | null = null;
    let former: HeldSlug | null = null;
    try {
      const decided = await this.commands.decide(caller, aggregates.board, boardId, async (state) => {
        const board = openBoard(state);
        await requireOpenclawGateway(this.commands, body.gateway_id);
        const renamed = body.slug !== undefined && body.slug !== board.slug;
        former = renamed ? await this.slugs.heldBy(boardId, board.slug) : null;
        if (renamed) wanted = await this.slugs.reserve(caller, body.slug as string, boardId);
        return decideBoard(
          {
            type: 'UpdateBoard',
            name: body.name,
            slug: body.slug,
            description: body.description,
            gatewayId: body.gateway_id,
          },
          state,
        );
      });
      if (former) await this.slugs.release(caller, former);
      const times = await this.commands.timesOf(streams.board(boardId), decided.revision);
      return boardAnswerOf(openBoard(decided.state), times);
    } catch (error) {
      await this.slugs.releaseIfRejected(caller, wanted, error);
      throw error;
    }
  }
}
