import { listPayloads } from '@mission-control/read-models';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../http/pages.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { moment, singleLine } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';
import { eventTypeFilter, PayloadList, payloadJson, payloadStatus } from './payload-answer.ts';

class ListPayloadsQuery extends createZodDto(
  z.object({
    ...pageQuery,
    since: moment.optional().describe('Received at this time or later.'),
    until: moment.optional().describe('Received before this time.'),
    status: payloadStatus.optional(),
    event_type: eventTypeFilter,
    q: singleLine(200).optional().describe('Text that the payload must contain.'),
  }),
) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads')
export class ListPayloads {
  constructor(private readonly reads: Reads) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'List the payloads of a webhook, newest first' })
  @ApiOkResponse({ type: PayloadList.Output })
  async list(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Query() query: ListPayloadsQuery,
  ): Promise<string> {
    const [{ items, ...page }] = await Promise.all([
      listPayloads(this.reads.db, boardId, webhookId, { ...query, eventType: query.event_type }),
      this.reads.requireWebhook(boardId, webhookId),
    ]);
    return `{"items":[${items.map((item) => payloadJson(item)).join(',')}],${JSON.stringify(page).slice(1)}`;
  }
}
