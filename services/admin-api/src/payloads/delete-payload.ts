import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { findArrival, isPayloadDeleted } from '@mission-control/read-models';
import { Controller, Delete } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { notFound } from '../http/not-found.ts';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { backupsRemain, remains } from '../http/remains.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { webhookOfBoard } from '../webhooks/webhook-of-board.ts';

class DeletedPayload extends createZodDto(z.object({ ok: z.literal(true), remains })) {}

const deleted: DeletedPayload = {
  ok: true,
  remains: [
    {
      where: 'event_store',
      what: 'The bodies and headers of its arrivals, which nothing shows any more.',
      until:
        "The webhook's retention truncates the payload stream beyond them, or the webhook is deleted. EventStoreDB and KurrentDB keep the " +
        'bytes on disk until the next scavenge after that.',
    },
    {
      where: 'agent_session',
      what: 'The message, if an agent was sent one.',
      until: 'The session is reset or deleted at its OpenClaw gateway.',
    },
    backupsRemain,
  ],
};

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id')
export class DeletePayload {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
  ) {}

  @Delete()
  @ApiOperation({
    summary: 'Delete a payload',
    description:
      'It disappears from lists, searches and board memory, and a delivery that has not ended ends with the reason payload_deleted. Later ' +
      'arrivals of it do not bring it back. The response says what remains, and where. Deleting it again has the same response.',
  })
  @ZodResponse({ status: 200, type: DeletedPayload })
  async delete(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
  ): Promise<DeletedPayload> {
    webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    const payload = await this.reads.findPayload(boardId, webhookId, payloadId);
    if (!payload) {
      if (await isPayloadDeleted(this.reads.db, webhookId, payloadId)) return deleted;
      throw notFound('payload');
    }
    const first = await findArrival(this.reads.db, payloadId, 1);
    const ids = { webhookId, boardId, payloadId };
    const { undelivered } = await this.commands.endDeliveries(caller, ids, {
      reason: 'payload_deleted',
      firstArrivalId: first?.event_id ?? null,
    });
    await this.commands.record(caller, ['payloads', 'memory'], streams.removals(webhookId), {
      type: 'WebhookPayloadDeleted',
      data: { ...ids, undelivered },
    });
    return deleted;
  }
}
