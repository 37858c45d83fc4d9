import { findBoard } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { AsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { notFound } from '../http/not-found.ts';
import { BoardId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { BoardAnswer } from './board-answer.ts';

@ApiTags('Boards')
@Controller('api/v1/boards/:board_id')
export class GetBoard {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show one board' })
  @ZodResponse({ status: 200, type: BoardAnswer })
  async get(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Query() query: AsOfQuery,
  ): Promise<BoardAnswer> {
    if (query.as_of) return this.past.board(boardId, await this.points.find(caller, query.as_of));
    const board = await findBoard(this.reads.db, boardId);
    if (!board) throw notFound('board');
    return board;
  }
}
