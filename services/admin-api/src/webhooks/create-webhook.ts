import { aggregates } from '@mission-control/aggregates';
import {
  newRandomId,
  renameSettings,
  secretContexts,
  streams,
  webhookDefaults,
} from '@mission-control/contracts';
import { activeWebhook, decideBoard, decideWebhook, defaultDedupeDiffering } from '@mission-control/domain';
import { schemesWith } from '@mission-control/signatures';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { checkSecret, checkSignatureSettings, dedupeOf } from './check-signature-settings.ts';
import { flatMessage } from './message-setting.ts';
import { flatRetention } from './retention-setting.ts';
import { WebhookAnswer, webhookAnswerOf } from './webhook-answer.ts';
import { webhookInput } from './webhook-schemas.ts';

class CreateWebhookBody extends createZodDto(
  z
    .strictObject(webhookInput)
    .partial()
    .extend({
      description: webhookInput.description,
      preset: z
        .enum(schemesWith('preset'))
        .optional()
        .describe('Sets scheme, headers and dedupe for a sender; explicit settings take precedence.'),
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
    const {
      preset,
      secret = null,
      dedupe: text = webhookDefaults.dedupe,
      retention,
      message,
      ...others
    } = body;
    const given = renameSettings(
      { ...others, ...flatRetention(retention), ...flatMessage(message) },
      'api',
      'event',
    );
    const settings = {
      description: body.description,
      enabled: true,
      agentId: null,
      signatureScheme: preset ?? 'hmac',
      signatureHeader: null,
      ...webhookDefaults,
      ...given,
    } as const;
    checkSignatureSettings({ ...settings, secret });
    if (secret !== null) checkSecret(settings.signatureScheme, secret);
    const dedupe = dedupeOf(text, settings);
    const command = {
      type: 'CreateWebhook',
      webhookId,
      boardId,
      ...settings,
      secret:
        secret === null
          ? null
          : await this.commands.keyring.encrypt(secretContexts.webhook(webhookId), secret),
      dedupe,
      dedupeDiffering: given.dedupeDiffering ?? defaultDedupeDiffering(dedupe),
    } as const;
    await this.commands.prepareEncryption(webhookId, settings.encryptContent);
    await this.commands.decide(caller, aggregates.board, boardId, (state) =>
      decideBoard({ type: 'AddWebhook', webhookId, agentId: settings.agentId }, state),
    );
    const decided = await this.commands.decide(caller, aggregates.webhook, webhookId, (state) =>
      decideWebhook(command, state),
    );
    const times = await this.commands.timesOf(streams.webhook(webhookId), decided.revision);
    return webhookAnswerOf(activeWebhook(decided.state), this.settings.baseUrl, times);
  }
}
