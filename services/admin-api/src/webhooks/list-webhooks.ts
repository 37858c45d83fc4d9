import { listWebhooks } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageAsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Reads } from '../stores/reads.ts';
import { WebhookList, webhookAnswerOfRow } from './webhook-answer.ts';

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks')
export class ListWebhooks {
  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the webhooks of a board, newest first' })
  @ZodResponse({ status: 200, type: WebhookList })
  async list(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Query() { as_of, ...query }: PageAsOfQuery,
  ): Promise<WebhookList> {
    if (as_of) {
      const point = await this.points.find(caller, as_of);
      await this.past.board(boardId, point);
      return this.past.list('webhook', point, { ...query, boardId }, async (id) =>
        webhookAnswerOfRow(await this.past.webhook(boardId, id, point), this.settings.baseUrl, point.at),
      );
    }
    const [page] = await Promise.all([
      listWebhooks(this.reads.db, boardId, query),
      this.reads.requireBoard(boardId),
    ]);
    return { ...page, items: page.items.map((row) => webhookAnswerOfRow(row, this.settings.baseUrl)) };
  }
}
