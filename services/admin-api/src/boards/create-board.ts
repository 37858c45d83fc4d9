import { aggregates } from '@mission-control/aggregates';
import { newRandomId, streams } from '@mission-control/contracts';
import { CommandRejected, decideBoard, openBoard } from '@mission-control/domain';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';
import { BoardAnswer, boardAnswerOf } from './board-answer.ts';
import { boardInput } from './board-input.ts';
import { requireOpenclawGateway } from './require-openclaw-gateway.ts';
import { slugOfName } from './slug-of-name.ts';
import { type HeldSlug, SlugReservations } from './slug-reservations.ts';

class CreateBoardBody extends createZodDto(
  z.strictObject({
    name: boardInput.name,
    slug: boardInput.slug.optional(),
    description: boardInput.description.default(''),
    gateway_id: boardInput.gateway_id.default(null),
  }),
) {}

@ApiTags('Boards')
@Controller('api/v1/boards')
export class CreateBoard {
  constructor(
    private readonly commands: Commands,
    private readonly slugs: SlugReservations,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a board', description: 'Without a slug, one is derived from the name.' })
  @ZodResponse({ status: 201, type: BoardAnswer })
  async create(@CallerOf() caller: Caller, @Body() body: CreateBoardBody): Promise<BoardAnswer> {
    await requireOpenclawGateway(this.commands, body.gateway_id);
    const boardId = newRandomId();
    const held = await this.#reserveSlug(caller, body, boardId);
    try {
      const decided = await this.commands.decide(caller, aggregates.board, boardId, (state) =>
        decideBoard(
          {
            type: 'CreateBoard',
            boardId,
            name: body.name,
            slug: held.slug,
            description: body.description,
            gatewayId: body.gateway_id,
          },
          state,
        ),
      );
      return boardAnswerOf(
        openBoard(decided.state),
        await this.commands.timesOf(streams.board(boardId), decided.revision),
      );
    } catch (error) {
      await this.slugs.releaseIfRejected(caller, held, error);
      throw error;
    }
  }

  /**
   * A slug that was asked for is reserved or rejected. If a slug derived from the name is taken, part of the board's id is
   * appended to it.
   */
  async #reserveSlug(caller: Caller, body: CreateBoardBody, boardId: string): Promise<HeldSlug> {
    if (body.slug !== undefined) return this.slugs.reserve(caller, body.slug, boardId);
    const slug = slugOfName(body.name);
    try {
      return await this.slugs.reserve(caller, slug, boardId);
    } catch (error) {
      if (!(error instanceof CommandRejected)) throw error;
      return this.slugs.reserve(caller, `${slug}-${boardId.slice(0, 8)}`, boardId);
    }
  }
}
