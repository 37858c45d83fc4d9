import { listBoards } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageAsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Reads } from '../stores/reads.ts';
import { BoardList } from './board-answer.ts';

@ApiTags('Boards')
@Controller('api/v1/boards')
export class ListBoards {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List boards, newest first' })
  @ZodResponse({ status: 200, type: BoardList })
  async list(@CallerOf() caller: Caller, @Query() { as_of, ...page }: PageAsOfQuery): Promise<BoardList> {
    if (!as_of) return listBoards(this.reads.db, page);
    const point = await this.points.find(caller, as_of);
    return this.past.list('board', point, page, (id) => this.past.board(id, point));
  }
}
