import { openBody, parseEvent, streams, type WebhookPayloadReceived } from '@mission-control/contracts';
import { ApiError } from '@mission-control/runtime';
import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';

/** What a header may not hold. */
const unsendable = /[^\t\x20-\x7e\x80-\xff]/g;

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/raw')
export class ReadRawPayload {
  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
  ) {}

  /** Whatever the bytes are, no browser is to run or show them: they come from outside. */
  @Get()
  @ApiOperation({
    summary: 'Download a payload byte for byte as it arrived',
    description: 'Its type as the sender gave it stands in X-Original-Content-Type.',
  })
  @ApiOkResponse({
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  })
  async read(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { stream_revision } = await this.reads.payload(boardId, webhookId, payloadId);
    const payload = await this.#arrival(webhookId, payloadId, stream_revision);
    const type = payload.contentType?.replace(unsendable, '');
    void reply
      .headers({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${payloadId}.bin"`,
        'content-security-policy': "sandbox; default-src 'none'",
        'x-content-type-options': 'nosniff',
        ...(type && { 'x-original-content-type': type }),
      })
      .send(openBody(payload.body));
  }

  async #arrival(webhookId: string, payloadId: string, revision: number): Promise<WebhookPayloadReceived> {
    const recorded = await this.commands.store.readEvent(streams.payloads(webhookId), revision);
    const event = recorded === 'gone' ? null : parseEvent(recorded);
    if (event?.type !== 'WebhookPayloadReceived' || event.data.payloadId !== payloadId) {
      throw new ApiError(
        410,
        'payload_gone',
        'The payload is gone: its webhook was deleted, or its time is over.',
      );
    }
    return event.data;
  }
}
