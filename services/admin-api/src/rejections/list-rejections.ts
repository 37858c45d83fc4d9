import { listRejections } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { RejectionList, rejectionAnswer, rejectionsQuery } from './rejection-answer.ts';

class ListRejectionsQuery extends createZodDto(z.object(rejectionsQuery)) {}

@ApiTags('Rejections')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/rejections')
export class ListRejections {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({
    summary: 'List the rejected requests of a webhook, newest first',
    description:
      'The newest 1,000 recorded rejections, at most 30 days old. During a flood, only some are recorded, and `omitted` counts the others.',
  })
  @ZodResponse({ status: 200, type: RejectionList })
  async list(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Query() query: ListRejectionsQuery,
  ): Promise<RejectionList> {
    const [{ items, ...page }] = await Promise.all([
      listRejections(this.reads.db, boardId, webhookId, query),
      this.reads.requireWebhook(boardId, webhookId),
    ]);
    return { items: items.map(rejectionAnswer), ...page };
  }
}
