import { aggregates } from '@mission-control/aggregates';
import { newRandomId, renameSettings, type WebhookPayloadReceived } from '@mission-control/contracts';
import {
  type ActiveWebhook,
  agentMessage,
  agentMessageTemplate,
  messageSettingOf,
  openBoard,
  payloadEventType,
} from '@mission-control/domain';
import { readLinkToken } from '@mission-control/keyring';
import { Body, Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, WebhookId } from '../../http/path-ids.ts';
import { headerName, id, textOrNull } from '../../http/texts.ts';
import { RawBodies } from '../../payloads/raw-bodies.ts';
import { Settings } from '../../settings.ts';
import { Commands } from '../../stores/commands.ts';
import { Reads } from '../../stores/reads.ts';
import { flatMessage, messageInput } from '../message-setting.ts';
import { webhookOfBoard } from '../webhook-of-board.ts';
import { receivedSample } from './sample.ts';

const mostHeaders = 100;
const longestHeader = 8_192;

class PreviewBody extends createZodDto(
  z
    .strictObject({
      payload_id: id.optional().describe('A payload of the webhook.'),
      sample: z
        .unknown()
        .optional()
        .describe('A body instead: JSON, or a string with the text of any body. It is not stored.'),
      headers: z
        .record(
          headerName,
          z
            .string({ error: 'must be a string' })
            .max(longestHeader, { error: `must have at most ${longestHeader} characters` }),
        )
        .refine((headers) => Object.keys(headers).length <= mostHeaders, {
          error: `must have at most ${mostHeaders} headers`,
        })
        .optional()
        .describe(
          'With sample: the headers of the request. Content-Type is application/json unless it is given.',
        ),
      message: messageInput.optional(),
    })
    .refine(({ payload_id, sample }) => (payload_id === undefined) !== (sample === undefined), {
      error: 'must have either payload_id or sample',
    })
    .refine(({ headers, sample }) => headers === undefined || sample !== undefined, {
      error: 'may have headers only with sample',
    }),
) {}

class MessagePreview extends createZodDto(
  z.object({
    text: z.string().describe('What the agent would get. The read link in it has expired.'),
    characters: z.int(),
    template: z.int().describe('The version of the text around the payload.'),
    event_type: textOrNull.describe('What the sender says happened.'),
    sender: textOrNull.describe('Who sent it, if it is a known sender.'),
  }),
) {}

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/preview')
export class PreviewMessage {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly bodies: RawBodies,
    private readonly settings: Settings,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Show the message that an agent would get',
    description:
      'Of a stored payload or a sample, with the settings of the webhook, or those in message. Nothing is stored or sent.',
  })
  @ZodResponse({ status: 200, type: MessagePreview })
  async preview(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Body() body: PreviewBody,
  ): Promise<MessagePreview> {
    const stored = webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    const webhook = { ...stored, ...renameSettings(flatMessage(body.message), 'api', 'event') };
    const { name: boardName } = openBoard(await this.commands.load(aggregates.board, boardId));
    const { payload, atReceipt } = body.payload_id
      ? await this.#received(boardId, webhookId, body.payload_id)
      : {
          payload: receivedSample({ sample: body.sample, headers: body.headers ?? {} }, webhook),
          atReceipt: webhook,
        };
    const eventType = payloadEventType(payload, atReceipt?.eventType);
    const text = agentMessage({
      payload,
      eventType,
      instruction: webhook.description,
      message: messageSettingOf(webhook),
      boardName,
      baseUrl: this.settings.baseUrl,
      readLink: await this.#expiredLink(payload),
    });
    return {
      text,
      characters: text.length,
      template: agentMessageTemplate,
      event_type: eventType.type,
      sender: eventType.sender,
    };
  }

  /** A payload as it first arrived, and the webhook as it was then; null: the log no longer has that. */
  async #received(boardId: string, webhookId: string, payloadId: string) {
    const { stream_revision: revision } = await this.reads.payload(boardId, webhookId, payloadId);
    const payload = await this.bodies.read({ webhookId, payloadId, revision });
    const then = await this.commands.load(aggregates.webhook, webhookId, payload.webhookRevision);
    const atReceipt: ActiveWebhook | null = then.status === 'active' ? then : null;
    return { payload, atReceipt };
  }

  /** Of the same form and length as the one in a message. */
  async #expiredLink({ webhookId, payloadId }: WebhookPayloadReceived): Promise<string | null> {
    if (!this.settings.readLinks) return null;
    const { keyring } = this.commands;
    const expiresAt = new Date(0).toISOString();
    const link = { webhookId, payloadId, agentId: newRandomId(), expiresAt };
    return `${this.settings.baseUrl}/api/v1/read/${await readLinkToken(keyring, keyring.newestKeyId, link)}`;
  }
}
