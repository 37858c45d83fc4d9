import { listBoards } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageQuery } from '../http/pages.ts';
import { Reads } from '../stores/reads.ts';
import { BoardList } from './board-answer.ts';

@ApiTags('Boards')
@Controller('api/v1/boards')
export class ListBoards {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'List boards, newest first' })
  @ZodResponse({ status: 200, type: BoardList })
  list(@Query() page: PageQuery): Promise<BoardList> {
    return listBoards(this.reads.db, page);
  }
}
