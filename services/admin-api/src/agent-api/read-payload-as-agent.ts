import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { AgentOf, type CallingAgent } from '../http/caller.ts';
import { PayloadId, WebhookId } from '../http/path-ids.ts';
import { PayloadAnswer, payloadJson } from '../payloads/payload-answer.ts';
import { Reads } from '../stores/reads.ts';
import { shortened } from './shortened.ts';

const range = { error: 'must be a whole number from 1 to 10000000' };

class ReadPayloadQuery extends createZodDto(
  z.object({
    max_chars: z.coerce
      .number(range)
      .int(range)
      .min(1, range)
      .max(10_000_000, range)
      .optional()
      .describe('A longer payload is a string of its first characters, with truncated: true.'),
  }),
) {}

@ApiTags('Agent API')
@Controller('api/v1/agent/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id')
export class ReadPayloadAsAgent {
  constructor(private readonly reads: Reads) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({ summary: "Read a payload of the agent's own board" })
  @ApiOkResponse({ type: PayloadAnswer.Output })
  async read(
    @AgentOf() agent: CallingAgent,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Query() { max_chars }: ReadPayloadQuery,
  ): Promise<string> {
    const row = await this.reads.payload(agent.boardId, webhookId, payloadId);
    const { json, truncated } = shortened(row.payload, max_chars);
    return `${payloadJson({ ...row, payload: json }).slice(0, -1)},"truncated":${truncated}}`;
  }
}
