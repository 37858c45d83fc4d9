import { findWebhook } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
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
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show one webhook' })
  @ZodResponse({ status: 200, type: WebhookAnswer })
  async get(@BoardId() boardId: string, @WebhookId() webhookId: string): Promise<WebhookAnswer> {
    const webhook = await findWebhook(this.reads.db, boardId, webhookId);
    if (!webhook) throw notFound('webhook');
    return webhookAnswerOfRow(webhook, this.settings.baseUrl);
  }
}
