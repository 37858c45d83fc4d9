import { aggregates } from '@mission-control/aggregates';
import { renameSettings } from '@mission-control/contracts';
import { type ActiveWebhook, openBoard, requireAgentOnBoard } from '@mission-control/domain';
import { Evaluator } from '@mission-control/filters';
import { listPayloads, type Payload } from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';
import { Body, Controller, HttpCode, type OnModuleDestroy, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, WebhookId } from '../../http/path-ids.ts';
import { moment, textOrNull } from '../../http/texts.ts';
import { RawBodies } from '../../payloads/raw-bodies.ts';
import { Commands } from '../../stores/commands.ts';
import { Reads } from '../../stores/reads.ts';
import { flatMessage } from '../message-setting.ts';
import { webhookOfBoard } from '../webhook-of-board.ts';
import { webhookInput } from '../webhook-schemas.ts';
import { type Outcome, type PastArrival, simulate, textComparison } from './outcomes.ts';

const mostPayloads = 1_000;
const pageSize = 200;
const readTogether = 16;

const { description, agent_id, event_type, message, notify_when, ignore_actors, actor, coalesce } =
  webhookInput;
const { max_told_per_minute } = webhookInput;
const changes = z
  .strictObject({
    ...{ description, agent_id, event_type, message, notify_when, ignore_actors, actor, coalesce },
    max_told_per_minute,
  })
  .partial();

class SimulateBody extends createZodDto(
  z.strictObject({
    since: moment.describe('Payloads that were received at this time or later.'),
    until: moment.optional().describe('Payloads that were received before this time. Default: now.'),
    limit: z
      .int()
      .min(1)
      .max(mostPayloads)
      .default(200)
      .describe('The newest payloads of the window, so many at most.'),
    changes: changes
      .refine((given) => Object.values(given).some((value) => value !== undefined), {
        error: 'must have at least one setting',
      })
      .describe('Settings of the webhook to try. The others are as they are now.'),
  }),
) {}

const outcome = z.object({
  told: z.boolean(),
  reason: z
    .enum(['notify_when', 'ignored_actor', 'told_too_often', 'no_agent'])
    .nullable()
    .describe('Why no agent would be told.'),
  filter_error: textOrNull.describe(
    'Why notify_when has no result: the agent would be told; or coalesce.key: it would be told of the payload alone.',
  ),
  agent_id: z.uuid().nullable().describe('The agent that would be told.'),
});
const totals = z.object({
  told: z.int().describe('Payloads of which an agent would be told.'),
  filtered: z.int(),
  filter_errors: z.int(),
  messages: z.int().describe('Messages to the agent: fewer than payloads, if these are told together.'),
});

class Simulation extends createZodDto(
  z.object({
    payloads: z.int().describe('How many payloads were looked at.'),
    more: z.boolean().describe('Whether the window has older payloads, which were not looked at.'),
    gone: z.int().describe('Payloads whose content is erased or no longer in the event store.'),
    current: totals.describe('With the settings as they are.'),
    changed: totals.describe('With the changes.'),
    differences: z
      .array(
        z.object({
          payload_id: z.uuid(),
          received_at: z.iso.datetime(),
          event_type: textOrNull,
          current: outcome,
          changed: outcome,
          text_differs: z.boolean().describe('Whether the agent would read another text. preview shows it.'),
        }),
      )
      .describe('The payloads with which something would be different, newest first.'),
  }),
) {}

@ApiTags('Webhooks')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/simulate')
export class SimulateSettings implements OnModuleDestroy {
  #evaluator: Evaluator | null = null;
  #isRunning = false;

  constructor(
    private readonly commands: Commands,
    private readonly reads: Reads,
    private readonly bodies: RawBodies,
  ) {}

  async onModuleDestroy(): Promise<void> {
    await this.#evaluator?.close();
  }

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Try other settings on past payloads',
    description:
      'Of which payloads agents would have been told, which agent and what, with the settings as they are now and with the changes. ' +
      'Nothing is changed, stored or sent. One simulation runs at a time: others answer 429.',
  })
  @ZodResponse({ status: 200, type: Simulation })
  async simulate(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @Body() body: SimulateBody,
  ): Promise<Simulation> {
    const current = webhookOfBoard(await this.commands.load(aggregates.webhook, webhookId), boardId);
    const board = openBoard(await this.commands.load(aggregates.board, boardId));
    const { message: text, ...others } = body.changes;
    if (others.agent_id) requireAgentOnBoard(board, others.agent_id);
    const changed: ActiveWebhook = {
      ...current,
      ...renameSettings({ ...others, ...flatMessage(text) }, 'api', 'event'),
    };
    if (this.#isRunning)
      throw new ApiError(
        429,
        'simulation_running',
        'Another simulation is running. Try again in some seconds.',
        {
          headers: { 'retry-after': '5' },
        },
      );
    this.#isRunning = true;
    try {
      const { rows, more } = await this.#payloads(boardId, webhookId, body);
      const arrivals = await this.#arrivals(webhookId, rows);
      this.#evaluator ??= new Evaluator();
      const scene = { board, evaluator: this.#evaluator };
      const before = await simulate({ ...scene, webhook: current }, arrivals);
      const after = await simulate({ ...scene, webhook: changed }, arrivals);
      const textDiffers = textComparison(board, current, changed);
      const differences = arrivals.flatMap(({ payload, eventType }, n) => {
        const pair = { current: before.outcomes[n] as Outcome, changed: after.outcomes[n] as Outcome };
        const text_differs = textDiffers(payload);
        if (!text_differs && JSON.stringify(pair.current) === JSON.stringify(pair.changed)) return [];
        const { payloadId: payload_id, receivedAt: received_at } = payload;
        return [{ payload_id, received_at, event_type: eventType, ...pair, text_differs }];
      });
      return {
        ...{ payloads: rows.length, more, gone: rows.length - arrivals.length },
        current: totalsOf(before),
        changed: totalsOf(after),
        differences: differences.reverse(),
      };
    } finally {
      this.#isRunning = false;
    }
  }

  /** Newest first. */
  async #payloads(boardId: string, webhookId: string, { since, until, limit }: SimulateBody) {
    const rows: Payload[] = [];
    let cursor: string | undefined;
    for (;;) {
      const wanted = Math.min(pageSize, limit - rows.length);
      const window = {
        since,
        limit: wanted,
        offset: 0,
        ...(until !== undefined && { until }),
        ...(cursor && { cursor }),
      };
      const page = await listPayloads(this.reads.db, boardId, webhookId, window);
      rows.push(...page.items);
      cursor = page.next_cursor ?? undefined;
      if (!cursor || rows.length >= limit) return { rows, more: cursor !== undefined };
    }
  }

  /** Those whose content can still be read, oldest first. */
  async #arrivals(webhookId: string, rows: readonly Payload[]) {
    const oldestFirst = rows.toReversed();
    const arrivals: (PastArrival & { readonly eventType: string | null })[] = [];
    for (let n = 0; n < oldestFirst.length; n += readTogether) {
      const read = oldestFirst
        .slice(n, n + readTogether)
        .map(async ({ id, stream_revision, event_type: eventType }) => {
          try {
            const payload = await this.bodies.read({ webhookId, payloadId: id, revision: stream_revision });
            return { eventId: id, payload, eventType };
          } catch (error) {
            if (error instanceof ApiError && error.status === 410) return null;
            throw error;
          }
        });
      arrivals.push(...(await Promise.all(read)).filter((one) => one !== null));
    }
    return arrivals;
  }
}

const totalsOf = ({ outcomes, messages }: Awaited<ReturnType<typeof simulate>>) => ({
  told: outcomes.filter(({ told }) => told).length,
  filtered: outcomes.filter(({ reason }) => reason !== null && reason !== 'no_agent').length,
  filter_errors: outcomes.filter(({ filter_error }) => filter_error !== null).length,
  messages,
});
