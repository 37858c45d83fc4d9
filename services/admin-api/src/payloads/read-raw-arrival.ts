import { Controller, Get, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ArrivalNumber, BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { RawBodies, rawBodyHeaders, rawBodyResponse } from './raw-bodies.ts';

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/arrivals/:arrival/raw')
export class ReadRawArrival {
  constructor(
    private readonly reads: Reads,
    private readonly bodies: RawBodies,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Download the body of one arrival of a payload, byte for byte',
    description: `Arrivals are counted from 1. The timeline lists them, and marks those whose body differs from the first. ${rawBodyHeaders}`,
  })
  @ApiParam({ name: 'arrival', schema: { type: 'integer', minimum: 1 } })
  @ApiOkResponse(rawBodyResponse)
  async read(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @ArrivalNumber() number: number,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { revision } = await this.reads.arrival(boardId, webhookId, payloadId, number);
    await this.bodies.send(reply, { webhookId, payloadId, revision }, `${payloadId}-${number}`);
  }
}
