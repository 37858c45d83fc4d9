import { listWebhooks } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { PageQuery } from '../http/pages.ts';
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
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the webhooks of a board, newest first' })
  @ZodResponse({ status: 200, type: WebhookList })
  async list(@BoardId() boardId: string, @Query() query: PageQuery): Promise<WebhookList> {
    const [page] = await Promise.all([
      listWebhooks(this.reads.db, boardId, query),
      this.reads.requireBoard(boardId),
    ]);
    return { ...page, items: page.items.map((row) => webhookAnswerOfRow(row, this.settings.baseUrl)) };
  }
}
