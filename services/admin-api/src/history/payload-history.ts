import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { errorAnswer } from '../docs/error-answer.ts';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { ChangeList, HistoryQuery } from './change-entry.ts';
import { Histories } from './histories.ts';

@ApiTags('Audit')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/history')
export class PayloadHistory {
  constructor(private readonly histories: Histories) {}

  @Get()
  @ApiOperation({
    summary: 'List every arrival of a payload and every event of its deliveries, newest first',
    description: 'With its status before and after each.',
  })
  @ZodResponse({ status: 200, type: ChangeList })
  @ApiResponse({
    status: 410,
    ...errorAnswer('The log does not have it any more; removed_by is the event that removed it.'),
  })
  list(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Query() query: HistoryQuery,
  ): Promise<ChangeList> {
    return this.histories.ofPayload(boardId, webhookId, payloadId, query);
  }
}
