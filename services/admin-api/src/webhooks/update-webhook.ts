import { aggregates } from '@mission-control/aggregates';
import { secretContexts, streams } from '@mission-control/contracts';
import {
  activeWebhook,
  decideWebhook,
  evolveWebhook,
  openBoard,
  requireAgentOnBoard,
} from '@mission-control/domain';
import { Body, Controller, Patch } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { somethingToChange } from '../http/texts.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { checkSignatureSettings } from './check-signature-settings.ts';
import { WebhookAnswer, webhookAnswerOf } from './webhook-answer.ts';
import { webhookInput } from './webhook-input.ts';
import { webhookOfBoard } from './webhook-of-board.ts';

class UpdateWebhookBody extends createZodDto(
  z
    .strictObject(webhookInput)
    .partial()
    .refine(...somethingToChange),
) {}

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id')
export class UpdateWebhook {
  constructor(
    private readonly commands: Commands,
    private readonly settings: Settings,
  ) {}

  @Patch()
  @ApiOperation({
    summary: 'Change a webhook',
    description: 'A disabled one accepts nothing; its payloads stay.',
  })
  @ZodResponse({ status: 200, type: WebhookAnswer })
  async update(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Body() body: UpdateWebhookBody,
  ): Promise<WebhookAnswer> {
    webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    if (body.agent_id) {
      const board = openBoard(await this.commands.load(aggregates.board, boardId));
      requireAgentOnBoard(board, body.agent_id);
    }
    const secret =
      typeof body.secret === 'string'
        ? await this.commands.keyring.encrypt(secretContexts.webhook(webhookId), body.secret)
        : body.secret;
    const decided = await this.commands.decide(caller, aggregates.webhook, webhookId, (state) => {
      const facts = decideWebhook(
        {
          type: 'UpdateWebhook',
          description: body.description,
          enabled: body.enabled,
          agentId: body.agent_id,
          secret,
          signatureScheme: body.signature_scheme,
          signatureHeader: body.signature_header,
        },
        state,
      );
      checkSignatureSettings(activeWebhook(facts.reduce(evolveWebhook, state)));
      return facts;
    });
    const times = await this.commands.timesOf(streams.webhook(webhookId), decided.revision);
    return webhookAnswerOf(activeWebhook(decided.state), this.settings.baseUrl, times);
  }
}
