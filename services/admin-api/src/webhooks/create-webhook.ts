import { aggregates } from '@mission-control/aggregates';
import { newRandomId, secretContexts, streams } from '@mission-control/contracts';
import { activeWebhook, decideBoard, decideWebhook } from '@mission-control/domain';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { checkSignatureSettings } from './check-signature-settings.ts';
import { WebhookAnswer, webhookAnswerOf } from './webhook-answer.ts';
import { webhookInput } from './webhook-input.ts';

class CreateWebhookBody extends createZodDto(
  z.strictObject({
    description: webhookInput.description,
    enabled: webhookInput.enabled.default(true),
    agent_id: webhookInput.agent_id.default(null),
    secret: webhookInput.secret.default(null),
    signature_scheme: webhookInput.signature_scheme.default('hmac'),
    signature_header: webhookInput.signature_header.default(null),
  }),
) {}

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks')
export class CreateWebhook {
  constructor(
    private readonly commands: Commands,
    private readonly settings: Settings,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Create a webhook', description: 'Senders post to its endpoint_url.' })
  @ZodResponse({ status: 201, type: WebhookAnswer })
  async create(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @Body() body: CreateWebhookBody,
  ): Promise<WebhookAnswer> {
    const webhookId = newRandomId();
    const secret =
      body.secret === null
        ? null
        : await this.commands.keyring.encrypt(secretContexts.webhook(webhookId), body.secret);
    const command = {
      type: 'CreateWebhook',
      webhookId,
      boardId,
      description: body.description,
      enabled: body.enabled,
      agentId: body.agent_id,
      secret,
      signatureScheme: body.signature_scheme,
      signatureHeader: body.signature_header,
    } as const;
    checkSignatureSettings(command);
    await this.commands.decide(caller, aggregates.board, boardId, (state) =>
      decideBoard({ type: 'AddWebhook', webhookId, agentId: body.agent_id }, state),
    );
    const decided = await this.commands.decide(caller, aggregates.webhook, webhookId, (state) =>
      decideWebhook(command, state),
    );
    const times = await this.commands.timesOf(streams.webhook(webhookId), decided.revision);
    return webhookAnswerOf(activeWebhook(decided.state), this.settings.baseUrl, times);
  }
}
