import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { contentErased } from '../http/not-found.ts';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { RawBodies, rawBodyHeaders, rawBodyResponse } from './raw-bodies.ts';

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/raw')
export class ReadRawPayload {
  constructor(
    private readonly reads: Reads,
    private readonly bodies: RawBodies,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Download a payload byte for byte as it first arrived',
    description: rawBodyHeaders,
  })
  @ApiOkResponse(rawBodyResponse)
  async read(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const payload = await this.reads.payload(boardId, webhookId, payloadId);
    if (payload.payload_encoding === 'erased') throw contentErased();
    const { stream_revision: revision } = payload;
    await this.bodies.send(reply, { webhookId, payloadId, revision }, payloadId);
  }
}
