import { aggregates } from '@mission-control/aggregates';
import { secretContexts, streams } from '@mission-control/contracts';
import { activeWebhook, decideWebhook } from '@mission-control/domain';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId, WebhookId } from '../http/path-ids.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { answerAfterLease } from './answer-after-lease.ts';
import { checkSecret } from './check-signature-settings.ts';
import { WebhookAnswer, webhookAnswerOf } from './webhook-answer.ts';
import { webhookOfBoard } from './webhook-of-board.ts';
import { newSecret, seconds } from './webhook-schemas.ts';

const day = 86_400;

class RotateSecretBody extends createZodDto(
  z.strictObject({
    secret: newSecret,
    overlap_seconds: seconds(0, 30 * day)
      .default(day)
      .describe('How long the previous secret stays valid; 0: not at all.'),
  }),
) {}

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/secret/rotate')
export class RotateSecret {
  constructor(
    private readonly commands: Commands,
    private readonly settings: Settings,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Rotate the secret of a webhook',
    description:
      'The previous secret stays valid for a while, so that the sender can be switched over without losing anything.',
  })
  @ZodResponse({ status: 200, type: WebhookAnswer })
  async rotate(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Body() body: RotateSecretBody,
  ): Promise<WebhookAnswer> {
    const before = webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    checkSecret(before.signatureScheme, body.secret);
    const secret = await this.commands.keyring.encrypt(secretContexts.webhook(webhookId), body.secret);
    const previousValidUntil =
      body.overlap_seconds === 0 ? null : new Date(Date.now() + body.overlap_seconds * 1000).toISOString();
    const decided = await this.commands.decide(caller, aggregates.webhook, webhookId, (state) =>
      decideWebhook({ type: 'RotateSecret', secret, previousValidUntil }, state),
    );
    answerAfterLease(caller, decided);
    const times = await this.commands.timesOf(streams.webhook(webhookId), decided.revision);
    return webhookAnswerOf(activeWebhook(decided.state), this.settings.baseUrl, times);
  }
}
