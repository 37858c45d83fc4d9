import { aggregates } from '@mission-control/aggregates';
import {
  type EncryptedSecret,
  onResumeSchema,
  renameSettings,
  secretContexts,
  streams,
} from '@mission-control/contracts';
import {
  type ActiveWebhook,
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
import { answerAfterLease } from './answer-after-lease.ts';
import { checkSecret, checkSignatureSettings, dedupeOf } from './check-signature-settings.ts';
import { flatMessage } from './message-setting.ts';
import { flatRetention } from './retention-setting.ts';
import { WebhookAnswer, webhookAnswerOf } from './webhook-answer.ts';
import { webhookOfBoard } from './webhook-of-board.ts';
import { webhookInput } from './webhook-schemas.ts';

class UpdateWebhookBody extends createZodDto(
  z
    .strictObject(webhookInput)
    .partial()
    .extend({
      on_resume: onResumeSchema
        .optional()
        .describe(
          'With delivery: active. What becomes of deliveries that were parked while delivery was paused: drain (the default: agents are told, ' +
            'in the order of arrival) or discard (nobody is told; the payloads become filtered).',
        ),
    })
    .refine(...somethingToChange)
    .refine(({ delivery, on_resume }) => on_resume === undefined || delivery === 'active', {
      path: ['on_resume'],
      error: 'needs delivery: active',
    }),
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
    description: 'A disabled webhook accepts nothing; its payloads stay.',
  })
  @ZodResponse({ status: 200, type: WebhookAnswer })
  async update(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Body() body: UpdateWebhookBody,
  ): Promise<WebhookAnswer> {
    const before = webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    if (body.agent_id) {
      const board = openBoard(await this.commands.load(aggregates.board, boardId));
      requireAgentOnBoard(board, body.agent_id);
    }
    const { secret: _, dedupe: text, retention, message, on_resume: onResume, ...others } = body;
    const secret = await this.#secretFor(before, body);
    const given = renameSettings(
      { ...others, ...flatRetention(retention), ...flatMessage(message) },
      'api',
      'event',
    );
    if (given.encryptContent !== undefined)
      await this.commands.prepareEncryption(webhookId, given.encryptContent);
    const decided = await this.commands.decide(caller, aggregates.webhook, webhookId, (state) => {
      const current = activeWebhook(state);
      const dedupe = namesOrSignatureChange(body)
        ? dedupeOf(text ?? current.dedupe, { ...current, ...given })
        : undefined;
      const facts = decideWebhook({ type: 'UpdateWebhook', ...given, secret, dedupe, onResume }, state);
      checkSignatureSettings(activeWebhook(facts.reduce(evolveWebhook, state)));
      return facts;
    });
    answerAfterLease(caller, decided);
    const times = await this.commands.timesOf(streams.webhook(webhookId), decided.revision);
    return webhookAnswerOf(activeWebhook(decided.state), this.settings.baseUrl, times);
  }

  /** The secret to set, encrypted; undefined: it does not change. A secret that stays must also suit a new scheme. */
  async #secretFor(
    before: ActiveWebhook,
    body: UpdateWebhookBody,
  ): Promise<EncryptedSecret | null | undefined> {
    const { keyring } = this.commands;
    const context = secretContexts.webhook(before.webhookId);
    const scheme = body.signature_scheme ?? before.signatureScheme;
    if (typeof body.secret === 'string') {
      checkSecret(scheme, body.secret);
      return keyring.encrypt(context, body.secret);
    }
    if (body.secret === undefined && before.secret !== null && scheme !== before.signatureScheme) {
      checkSecret(scheme, await keyring.decrypt(context, before.secret));
    }
    return body.secret;
  }
}

/**
 * Whether `dedupe` has to be checked: a name read from a header that now carries the signature would be stored in plain text. Any other
 * change leaves a stored setting alone, even if it could not be set today.
 */
const namesOrSignatureChange = (body: UpdateWebhookBody): boolean =>
  body.dedupe !== undefined || body.signature_scheme !== undefined || body.signature_header !== undefined;
