import { type ReadLink, readLinkOf } from '@mission-control/keyring';
import { findAgent } from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';
import { Controller, Get, Header, Param, Query } from '@nestjs/common';
import { ApiGoneResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { shortened } from '../agent-api/shortened.ts';
import { errorAnswer } from '../docs/error-answer.ts';
import { PayloadAnswer, payloadJson } from '../payloads/payload-answer.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { ReadLinkUses, readLinkUses } from './read-link-uses.ts';

const most = 1_000_000;
const range = { error: `must be a whole number from 1 to ${most}` };

class ReadByLinkQuery extends createZodDto(
  z.object({
    max_chars: z.coerce
      .number(range)
      .int(range)
      .min(1, range)
      .max(most, range)
      .default(100_000)
      .describe('A longer payload is a string of its first characters, with truncated: true.'),
  }),
) {}

const another = 'A redelivery of the payload brings a message with a new link.';

@ApiTags('Agent API')
@Controller('api/v1/read/:token')
export class ReadByLink {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly settings: Settings,
    private readonly uses: ReadLinkUses,
  ) {}

  @Get()
  @Header('content-type', 'application/json; charset=utf-8')
  @Header('referrer-policy', 'no-referrer')
  @Header('x-content-type-options', 'nosniff')
  @ApiOperation({
    summary: 'Read the payload of a message by its read link',
    description:
      'For agents whose tools send no headers. The token is in the message, belongs to one payload and one agent, is valid for an hour at ' +
      `most and ${readLinkUses} times, and ends with the payload, the webhook or the agent. It is never logged.`,
  })
  @ApiOkResponse({ type: PayloadAnswer.Output })
  @ApiGoneResponse(
    errorAnswer('The link has expired, was used up, is turned off, or what it names no longer exists.'),
  )
  async read(@Param('token') token: string, @Query() { max_chars }: ReadByLinkQuery): Promise<string> {
    const link = await readLinkOf(this.commands.keyring, token);
    if (!link) {
      throw new ApiError(
        404,
        'read_link_unknown',
        `This is not a read link of this installation: copy it from the message, with all of its characters. ${another}`,
      );
    }
    if (!this.settings.readLinks) throw ended('read_links_off', 'Read links are turned off.');
    if (Date.parse(link.expiresAt) <= Date.now())
      throw ended('read_link_expired', `The read link expired at ${link.expiresAt}.`);
    const row = await this.#payload(link);
    if (!row) {
      throw new ApiError(
        410,
        'read_link_gone',
        'The payload, its webhook or the agent of this read link no longer exists.',
      );
    }
    if (!this.uses.count(token))
      throw ended('read_link_used_up', `The read link was used ${readLinkUses} times.`);
    const { json, truncated } = shortened(row.payload, max_chars);
    return `${payloadJson({ ...row, payload: json }).slice(0, -1)},"truncated":${truncated}}`;
  }

  async #payload({ agentId, webhookId, payloadId }: ReadLink) {
    const agent = await findAgent(this.reads.db, agentId);
    return agent && this.reads.findPayload(agent.board_id, webhookId, payloadId);
  }
}

const ended = (code: string, why: string): ApiError =>
  new ApiError(
    410,
    code,
    `${why} Read the payload with your agent token, as the message describes. ${another}`,
  );
