import { listReplays } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../http/pages.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { ReplayList, replayAnswerOfRow, replayState } from './replay-answer.ts';

class ListReplaysQuery extends createZodDto(z.object({ ...pageQuery, state: replayState.optional() })) {}

@ApiTags('Replays')
@Controller('api/v1/boards/:board_id/replays')
export class ListBoardReplays {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'List the replays of a board, newest first' })
  @ZodResponse({ status: 200, type: ReplayList })
  async list(@BoardId() boardId: string, @Query() query: ListReplaysQuery): Promise<ReplayList> {
    const [page] = await Promise.all([
      listReplays(this.reads.db, boardId, query),
      this.reads.requireBoard(boardId),
    ]);
    return { ...page, items: page.items.map(replayAnswerOfRow) };
  }
}

@ApiTags('Replays')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/replays')
export class ListWebhookReplays {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({
    summary: 'List the replays of a webhook, newest first',
    description: 'Replays that were requested for the whole board are not among them.',
  })
  @ZodResponse({ status: 200, type: ReplayList })
  async list(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Query() query: ListReplaysQuery,
  ): Promise<ReplayList> {
    const [page] = await Promise.all([
      listReplays(this.reads.db, boardId, { ...query, webhookId }),
      this.reads.requireWebhook(boardId, webhookId),
    ]);
    return { ...page, items: page.items.map(replayAnswerOfRow) };
  }
}
