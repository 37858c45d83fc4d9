import { renameSettings } from '@mission-control/contracts';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { ChangeList, HistoryQuery } from './change-entry.ts';
import { Histories } from './histories.ts';

@ApiTags('Audit')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/history')
export class WebhookHistory {
  constructor(private readonly histories: Histories) {}

  @Get()
  @ApiOperation({
    summary: 'List every change of a webhook, newest first',
    description: 'Also after it was deleted.',
  })
  @ZodResponse({ status: 200, type: ChangeList })
  list(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Query() query: HistoryQuery,
  ): Promise<ChangeList> {
    return this.histories.ofResource(
      'webhook',
      webhookId,
      query,
      (row) => ({
        ...renameSettings(row, 'column', 'api'),
        previous_secret_valid_until: row.previous_secret_valid_until,
      }),
      (row) => row.board_id === boardId,
    );
  }
}
