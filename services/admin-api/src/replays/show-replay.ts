import { findReplay, listReplayItems } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { notFound } from '../http/not-found.ts';
import { pageQuery } from '../http/pages.ts';
import { BoardId, ReplayId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { ReplayAnswer, ReplayItemList, replayAnswerOfRow } from './replay-answer.ts';

class ListReplayItemsQuery extends createZodDto(
  z.object({ ...pageQuery, state: z.enum(['failed', 'skipped']).optional() }),
) {}

@ApiTags('Replays')
@Controller('api/v1/boards/:board_id/replays/:replay_id')
export class ShowReplay {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({
    summary: 'Show how far a replay is',
    description:
      'Its counts are recorded about once a second, and less often in long replays: about a thousand times, at least once a minute.',
  })
  @ZodResponse({ status: 200, type: ReplayAnswer })
  async show(@BoardId() boardId: string, @ReplayId() replayId: string): Promise<ReplayAnswer> {
    return replayAnswerOfRow(await this.#replay(boardId, replayId));
  }

  @Get('items')
  @ApiOperation({
    summary: 'List the items of a replay that failed or were skipped, in the order of arrival',
  })
  @ZodResponse({ status: 200, type: ReplayItemList })
  async items(
    @BoardId() boardId: string,
    @ReplayId() replayId: string,
    @Query() query: ListReplayItemsQuery,
  ): Promise<ReplayItemList> {
    await this.#replay(boardId, replayId);
    return listReplayItems(this.reads.db, replayId, query);
  }

  async #replay(boardId: string, replayId: string) {
    const [row] = await Promise.all([
      findReplay(this.reads.db, boardId, replayId),
      this.reads.requireBoard(boardId),
    ]);
    if (!row) throw notFound('replay');
    return row;
  }
}
