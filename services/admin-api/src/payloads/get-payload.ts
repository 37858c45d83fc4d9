import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { PayloadAnswer, payloadJson } from './payload-answer.ts';

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id')
export class GetPayload {
  constructor(private readonly reads: Reads) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: 'Show one payload in full' })
  @ApiOkResponse({ type: PayloadAnswer.Output })
  async get(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
  ): Promise<string> {
    return payloadJson(await this.reads.payload(boardId, webhookId, payloadId));
  }
}
