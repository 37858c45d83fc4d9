import type { Payload } from '@mission-control/read-models';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { asOf } from '../audit/as-of.ts';
import { LogPoints } from '../audit/log-points.ts';
import { Past } from '../audit/past.ts';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Reads } from '../stores/reads.ts';
import { type WebhookAnswer, webhookAnswerOfRow } from '../webhooks/webhook-answer.ts';
import { webhookOutput } from '../webhooks/webhook-schemas.ts';
import { PayloadAnswer, payloadJson } from './payload-answer.ts';

class GetPayloadQuery extends createZodDto(
  z.object({
    as_of: asOf,
    include: z
      .enum(['webhook_at_receipt'], { error: 'must be webhook_at_receipt' })
      .optional()
      .describe(
        'webhook_at_receipt: adds the configuration of the webhook that was in force when the payload arrived.',
      ),
  }),
) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id')
export class GetPayload {
  constructor(
    private readonly reads: Reads,
    private readonly settings: Settings,
    private readonly points: LogPoints,
    private readonly past: Past,
  ) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Show one payload in full' })
  @ApiOkResponse({ type: PayloadAnswer.Output })
  async get(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Query() { as_of, include }: GetPayloadQuery,
  ): Promise<string> {
    const payload = as_of
      ? await this.past.payload(boardId, webhookId, payloadId, await this.points.find(caller, as_of))
      : await this.reads.payload(boardId, webhookId, payloadId);
    return payloadJson(payload, include && { webhook_at_receipt: await this.#webhookAtReceipt(payload) });
  }

  /** null: the log does not have it. */
  async #webhookAtReceipt({
    webhook_id,
    webhook_revision,
    received_at,
  }: Payload): Promise<WebhookAnswer | null> {
    const row = await this.past.webhookAtRevision(webhook_id, webhook_revision);
    // Only what the API shows of a webhook.
    return row && webhookOutput.parse(webhookAnswerOfRow(row, this.settings.baseUrl, received_at));
  }
}
