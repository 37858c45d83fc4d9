import { setTimeout as delay } from 'node:timers/promises';
import { aggregates } from '@mission-control/aggregates';
import { streams } from '@mission-control/contracts';
import { findArrival, listArrivals } from '@mission-control/read-models';
import { Controller, Delete, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { type Caller, CallerOf } from '../http/caller.ts';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { remains } from '../http/remains.ts';
import { singleLine } from '../http/texts.ts';
import { Settings } from '../settings.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { webhookOfBoard } from '../webhooks/webhook-of-board.ts';
import { type Erasure, erasuresOf, remainsOfContent } from './erasures.ts';

class EraseContentQuery extends createZodDto(
  z.object({ reason: singleLine(500).describe('Why, for the audit. It is stored for good.') }),
) {}

class ErasedContent extends createZodDto(
  z.object({
    ok: z.literal(true),
    erasure_id: z.uuid().describe('The id of the WebhookPayloadErased event.'),
    arrivals: z.int().describe('How many arrivals of the payload are erased.'),
    completed: z
      .boolean()
      .describe(
        'Whether their keys are destroyed. Otherwise the steward does so as soon as it can; repeat the request to ask again.',
      ),
    remains,
  }),
) {}

/** How long the response waits for the steward to destroy the keys. */
const completionMs = 5_000;
const lookAgainMs = 50;

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/content')
export class EraseContent {
  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly settings: Settings,
  ) {}

  @Delete()
  @ApiOperation({
    summary: 'Erase the content of a payload for good',
    description:
      'Destroys the keys of all its arrivals: body, headers, source address and delivery name cannot be decrypted any more, not even in the ' +
      'event store or in a copy of it. They disappear from the read models, its entry from board memory, and a delivery that has not ended ' +
      'ends with the reason content_erased. Ids, times, sizes, digests and outcomes stay. The response says what could not be reached, and ' +
      'until when. Repeating the request erases what has arrived since.',
  })
  @ZodResponse({ status: 200, type: ErasedContent })
  async erase(
    @CallerOf() caller: Caller,
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
    @Query() { reason }: EraseContentQuery,
  ): Promise<ErasedContent> {
    webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    await this.reads.payload(boardId, webhookId, payloadId);
    await this.reads.payloadsCaughtUp(webhookId);
    const ids = { webhookId, boardId, payloadId };
    const arrived = (await listArrivals(this.reads.db, payloadId)).map(({ revision }) => revision);
    const before = await erasuresOf(this.commands.asStored, ids);
    const erased = new Set(before.flatMap(({ revisions }) => revisions));
    const revisions = arrived.filter((revision) => !erased.has(revision));
    const last = before.at(-1);
    const erasureId =
      revisions.length > 0 || !last ? await this.#record(caller, ids, reason, revisions) : last.id;
    const erasures = await this.#completed(ids, erasureId);
    const unencrypted = new Set(erasures.flatMap((one) => one.unencrypted));
    return {
      ok: true,
      erasure_id: erasureId,
      arrivals: arrived.length,
      completed: erasures.every((one) => one.completed),
      remains: remainsOfContent(unencrypted.size, this.settings.backupsKeptDays, new Date()),
    };
  }

  async #record(
    caller: Caller,
    ids: { webhookId: string; boardId: string; payloadId: string },
    reason: string,
    revisions: readonly number[],
  ): Promise<string> {
    const first = await findArrival(this.reads.db, ids.payloadId, 1);
    const { undelivered } = await this.commands.endDeliveries(caller, ids, {
      reason: 'content_erased',
      firstArrivalId: first?.event_id ?? null,
    });
    const fact = { type: 'WebhookPayloadErased', data: { ...ids, reason, revisions, undelivered } } as const;
    const projections = ['payloads', 'memory'] as const;
    const { id } = await this.commands.record(caller, projections, streams.removals(ids.webhookId), fact);
    return id;
  }

  /** The erasures of the payload, once the keys of all are destroyed, or after some seconds. */
  async #completed(ids: { webhookId: string; payloadId: string }, erasureId: string): Promise<Erasure[]> {
    const until = performance.now() + completionMs;
    for (;;) {
      const erasures = await erasuresOf(this.commands.asStored, ids);
      const isThere = erasures.some(({ id }) => id === erasureId);
      if ((isThere && erasures.every(({ completed }) => completed)) || performance.now() > until)
        return erasures;
      await delay(lookAgainMs);
    }
  }
}
