import { type RequestedReplay, replayStatuses } from '@mission-control/domain';
import type { findReplay } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';

const timeOrNull = z.iso.datetime().nullable();

export const replayState = z.enum(replayStatuses);

const replay = z.object({
  id: z.uuid(),
  board_id: z.uuid(),
  webhook_id: z.uuid().nullable().describe('null: it was requested for all webhooks of the board.'),
  agent_id: z
    .uuid()
    .nullable()
    .describe('null: the agent that each webhook names, or the lead of the board.'),
  reason: z.string(),
  rate: z.number().describe('Payloads per second at most.'),
  filter: z
    .object({
      since: timeOrNull,
      until: timeOrNull,
      status: textOrNull,
      status_reason: textOrNull,
      event_type: textOrNull,
      q: textOrNull,
      payload_ids: z.int().nullable().describe('How many ids were listed; null: none were.'),
    })
    .describe('What was asked for. The set was read once, when the replay was created.'),
  state: replayState.describe(
    'running; paused; cancelled: nothing more is requested, but deliveries that were requested go on; completed: every item has its outcome.',
  ),
  total: z
    .int()
    .describe('Items: payloads in the set. total = waiting + under_way + done + failed + skipped.'),
  waiting: z.int().describe('Items whose delivery has not been requested.'),
  under_way: z.int().describe('Items whose delivery is requested and has no outcome yet.'),
  done: z
    .int()
    .describe(
      "Items whose agent was told by this replay: the agent's session has the message. How its run ended is in the timeline of the payload.",
    ),
  failed: z
    .int()
    .describe(
      'Items whose delivery was parked or failed, or whose outcome is unknown. If a parked delivery resumes later, this number does not change.',
    ),
  skipped: z
    .int()
    .describe(
      'Items that were not requested, because they were still being delivered, were gone, or were not found.',
    ),
  requested_by: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  ended_at: timeOrNull.describe('When it was cancelled or completed.'),
});

/** Counts are recorded about once a second, at most a thousand times in a replay. */
export class ReplayAnswer extends createZodDto(replay) {}
export class ReplayList extends createZodDto(listOf(replay)) {}

const place = z.object({ payload_id: z.uuid(), received_at: z.iso.datetime() }).nullable();

export const dryRun = z.object({
  dry_run: z.literal(true),
  count: z.int().describe('Payloads in the set now.'),
  still_delivering: z
    .int()
    .describe('Of these, how many would be skipped now, because an agent is still being told.'),
  not_found: z.int().describe('How many of the listed ids are not among the payloads.'),
  first: place.describe('By arrival; null: the set is empty.'),
  last: place,
  estimated_seconds: z.number().describe('At least; agents that take longer slow it down.'),
});
export class DryRunAnswer extends createZodDto(dryRun) {}

export const replayOrDryRun = z.union([dryRun, replay]);

export class ReplayItemList extends createZodDto(
  listOf(
    z.object({
      item: z.int().describe('Its number in the order of arrival, from 0.'),
      payload_id: z.uuid(),
      webhook_id: z.uuid().nullable().describe('null: no payload with this id was found.'),
      state: z.enum(['failed', 'skipped']),
      reason: z
        .string()
        .describe(
          'skipped: still_delivering, payload_gone (deleted, expired or erased), payload_not_found (not a payload of this board or webhook). ' +
            'failed: the reason of the delivery, as in the status_reason of payloads.',
        ),
    }),
  ),
) {}

type Shown = z.infer<typeof replay>;

export const replayAnswerOfRow = (row: NonNullable<Awaited<ReturnType<typeof findReplay>>>): Shown => ({
  id: row.id,
  board_id: row.board_id,
  webhook_id: row.webhook_id,
  agent_id: row.agent_id,
  reason: row.reason,
  rate: row.rate,
  filter: filterAnswer(row.filter),
  state: row.state,
  total: row.total,
  waiting: row.total - row.handled,
  under_way: row.under_way,
  done: row.done,
  failed: row.failed,
  skipped: row.skipped,
  requested_by: row.requested_by,
  created_at: row.created_at,
  updated_at: row.updated_at,
  ended_at: row.ended_at,
});

export const replayAnswer = (state: RequestedReplay): Shown => ({
  id: state.replayId,
  board_id: state.boardId,
  webhook_id: state.webhookId,
  agent_id: state.agentId,
  reason: state.reason,
  rate: state.rate,
  filter: filterAnswer(state.filter),
  state: state.status,
  total: state.total,
  waiting: state.total - state.handled,
  under_way: state.underWay.length,
  done: state.done,
  failed: state.failed,
  skipped: state.skipped,
  requested_by: state.requestedBy.id,
  created_at: state.requestedAt,
  updated_at: state.updatedAt,
  ended_at: state.endedAt,
});

const filterAnswer = ({
  statusReason,
  eventType = null,
  listed,
  ...filter
}: RequestedReplay['filter']): Shown['filter'] => ({
  ...filter,
  status_reason: statusReason,
  event_type: eventType,
  payload_ids: listed,
});
