import { findBoard } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { notFound } from '../http/not-found.ts';
import { BoardId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { BoardAnswer } from './board-answer.ts';

@ApiTags('Boards')
@Controller('api/v1/boards/:board_id')
export class GetBoard {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'Show one board' })
  @ZodResponse({ status: 200, type: BoardAnswer })
  async get(@BoardId() boardId: string): Promise<BoardAnswer> {
    const board = await findBoard(this.reads.db, boardId);
    if (!board) throw notFound('board');
    return board;
  }
}
