import { aggregates } from '@mission-control/aggregates';
import { decideWebhook } from '@mission-control/domain';
import { Controller, Delete, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { Deleted, queryFlag } from '../http/pages.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { answerAfterLease } from './answer-after-lease.ts';
import { webhookOfBoard } from './webhook-of-board.ts';

class DeleteWebhookQuery extends createZodDto(
  z.object({
    cleanup_memory: queryFlag
      .optional()
      .describe('Whether to delete the board memory entries of its payloads as well.'),
  }),
) {}

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id')
export class DeleteWebhook {
  constructor(
    private readonly commands: Commands,
    private readonly settings: Settings,
  ) {}

  @Delete()
  @ApiOperation({ summary: 'Delete a webhook', description: 'All its payloads are deleted as well.' })
  @ZodResponse({ status: 200, type: Deleted })
  async delete(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Query() query: DeleteWebhookQuery,
  ): Promise<Deleted> {
    const cleanupMemory = query.cleanup_memory ?? this.settings.cleanupMemory;
    const decided = await this.commands.decide(caller, aggregates.webhook, webhookId, (state) => {
      webhookOfBoard(state, boardId);
      return decideWebhook({ type: 'DeleteWebhook', cleanupMemory }, state);
    });
    answerAfterLease(caller, decided);
    return { ok: true };
  }
}
