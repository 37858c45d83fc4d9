import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { openBoard } from '@mission-control/domain';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { requireAgentToTell } from '../agents/agent-to-tell.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { contentErased } from '../http/not-found.ts';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { id, singleLine } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { webhookOfBoard } from '../webhooks/webhook-of-board.ts';

class RedeliverBody extends createZodDto(
  z.strictObject({
    agent_id: z
      .union([id, z.null()], { error: 'must be a UUID or null' })
      .default(null)
      .describe('The agent to tell instead of the one that the webhook names.'),
    reason: singleLine(500).describe('Shown in the timeline.'),
  }),
) {}

class Redelivery extends createZodDto(z.object({ delivery_id: z.uuid() })) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/redeliver')
export class RedeliverPayload {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Tell an agent about a payload again',
    description: 'The message contains the body of the first arrival.',
  })
  @ZodResponse({ status: 202, type: Redelivery })
  async redeliver(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Body() body: RedeliverBody,
  ): Promise<Redelivery> {
    const { stream_revision, payload_encoding } = await this.reads.payload(boardId, webhookId, payloadId);
    if (payload_encoding === 'erased') throw contentErased();
    webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    if (body.agent_id !== null) {
      const board = openBoard(await this.commands.load(aggregates.board, boardId));
      await requireAgentToTell(this.commands, board, body.agent_id);
    }
    const requested = await this.commands.record(caller, ['payloads'], streams.delivery(payloadId), {
      type: 'RedeliveryRequested',
      data: {
        payloadId,
        boardId,
        webhookId,
        arrivalRevision: stream_revision,
        agentId: body.agent_id,
        reason: body.reason,
      },
    });
    return { delivery_id: requested.id };
  }
}
