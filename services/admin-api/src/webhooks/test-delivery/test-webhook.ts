import { setTimeout as delay } from 'node:timers/promises';
import { aggregates } from '@mission-control/aggregates';
import { secretContexts } from '@mission-control/contracts';
import type { Payload } from '@mission-control/read-models';
import { Controller, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, WebhookId } from '../../http/path-ids.ts';
import { payloadStatusMembers, shownStatusOf } from '../../payloads/payload-answer.ts';
import { PayloadTimeline } from '../../payloads/payload-timeline.ts';
import { timelineEntry } from '../../payloads/timeline-entry.ts';
import { Settings } from '../../settings.ts';
import { Commands } from '../../stores/commands.ts';
import { Reads } from '../../stores/reads.ts';
import { endpointOf } from '../webhook-answer.ts';
import { webhookOfBoard } from '../webhook-of-board.ts';
import { sendTest } from './send.ts';

class TestDelivery extends createZodDto(
  z.object({
    request: z.object({ url: z.string(), headers: z.record(z.string(), z.string()), body: z.string() }),
    response: z
      .object({ status: z.int(), body: z.string() })
      .describe('The response of the public URL; 202: accepted.'),
    payload: z
      .object({
        id: z.uuid(),
        ...payloadStatusMembers,
        timeline: z.array(timelineEntry),
      })
      .nullable()
      .describe('What happened to it within a few seconds; null: it was not accepted.'),
  }),
) {}

/** How long the response waits for the outcome of the payload. */
const followedMs = 5_000;
const pollMs = 50;

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/test')
export class TestWebhook {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly timeline: PayloadTimeline,
    private readonly settings: Settings,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Send a signed sample through the public URL',
    description: 'It is handled like any request: stored, written to board memory, and told to the agent.',
  })
  @ZodResponse({ status: 200, type: TestDelivery })
  async test(@BoardId() boardId: string, @WebhookId() webhookId: string): Promise<TestDelivery> {
    const webhook = webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    const secret =
      webhook.secret === null
        ? null
        : await this.commands.keyring.decrypt(secretContexts.webhook(webhookId), webhook.secret);
    const { endpoint_url } = endpointOf(this.settings.baseUrl, boardId, webhookId);
    const { request, response, payloadId } = await sendTest(webhook, secret, endpoint_url);
    return {
      request,
      response,
      payload: payloadId === null ? null : await this.#follow(boardId, webhookId, payloadId),
    };
  }

  /**
   * Follows the payload until its delivery has ended, or for 5 s. It was accepted, so if the read models do not have it yet, it
   * is `received`.
   */
  async #follow(boardId: string, webhookId: string, payloadId: string) {
    const end = performance.now() + followedMs;
    for (;;) {
      const payload = await this.reads.findPayload(boardId, webhookId, payloadId);
      const isOver = performance.now() > end;
      if (payload && (isAtItsEnd(payload) || isOver)) {
        return { id: payload.id, ...shownStatusOf(payload), timeline: await this.timeline.of(payload) };
      }
      if (isOver) return { id: payloadId, ...received(), timeline: [] };
      await delay(pollMs);
    }
  }
}

const received = () => ({
  ...{ status: 'received' as const, status_reason: null, status_detail: null },
  status_since: new Date().toISOString(),
});

const isAtItsEnd = ({ status }: Payload): boolean =>
  status !== 'stored' && status !== 'delivering' && status !== 'sent' && status !== 'interrupted';
