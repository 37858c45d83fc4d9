import { searchPayloads } from '@mission-control/read-models';
import { Controller, Get, Header, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { AgentOf, type CallingAgent } from '../http/caller.ts';
import { pageQuery } from '../http/pages.ts';
import { id, moment, singleLine } from '../http/texts.ts';
import { eventTypeFilter, PayloadList, payloadJson } from '../payloads/payload-answer.ts';
import { Reads } from '../stores/reads.ts';
import { shortened } from './shortened.ts';

const range = { error: 'must be a whole number from 1 to 10000' };
const limitRange = { error: 'must be a whole number from 1 to 50' };

class SearchPayloadsQuery extends createZodDto(
  z.object({
    ...pageQuery,
    limit: z.coerce.number(limitRange).int(limitRange).min(1, limitRange).max(50, limitRange).default(20),
    webhook_id: id.optional().describe('Only payloads of this webhook.'),
    event_type: eventTypeFilter,
    since: moment.optional().describe('Received at this time or later.'),
    until: moment.optional().describe('Received before this time.'),
    q: singleLine(200)
      .optional()
      .describe('Text that the payload must contain. Combine it with since, where there are many payloads.'),
    max_chars: z.coerce
      .number(range)
      .int(range)
      .min(1, range)
      .max(10_000, range)
      .default(500)
      .describe('A longer payload is a string of its first characters, with truncated: true.'),
  }),
) {}

@ApiTags('Agent API')
@Controller('api/v1/agent/boards/:board_id/payloads')
export class SearchPayloadsAsAgent {
  constructor(private readonly reads: Reads) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @ApiOperation({
    summary: "Search the payloads of the agent's own board, newest first",
    description:
      'Of all webhooks of the board. GET …/webhooks/{webhook_id}/payloads/{id} has the whole payload.',
  })
  @ApiOkResponse({ type: PayloadList.Output })
  async search(@AgentOf() agent: CallingAgent, @Query() query: SearchPayloadsQuery): Promise<string> {
    const { max_chars, webhook_id: webhookId, event_type: eventType, ...request } = query;
    const { items, ...page } = await searchPayloads(this.reads.db, agent.boardId, {
      ...request,
      webhookId,
      eventType,
    });
    const texts = items.map((row) => {
      const { json, truncated } = shortened(row.payload, max_chars);
      return `${payloadJson({ ...row, payload: json }).slice(0, -1)},"truncated":${truncated}}`;
    });
    return `{"items":[${texts.join(',')}],${JSON.stringify(page).slice(1)}`;
  }
}
