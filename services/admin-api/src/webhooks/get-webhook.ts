import { findWebhook } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { AsOfQuery } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { notFound } from '../http/not-found.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Reads } from '../stores/reads.ts';
import { WebhookAnswer, webhookAnswerOfRow } from './webhook-answer.ts';

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id')
export class GetWebhook {
  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show one webhook' })
  @ZodResponse({ status: 200, type: WebhookAnswer })
  async get(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Query() query: AsOfQuery,
  ): Promise<WebhookAnswer> {
    if (query.as_of) {
      const point = await this.points.find(caller, query.as_of);
      const then = await this.past.webhook(boardId, webhookId, point);
      return webhookAnswerOfRow(then, this.settings.baseUrl, point.at);
    }
    const webhook = await findWebhook(this.reads.db, boardId, webhookId);
    if (!webhook) throw notFound('webhook');
    return webhookAnswerOfRow(webhook, this.settings.baseUrl);
  }
}
