import { deliveryStatuses, listDeliveries } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, pageQuery } from '../http/pages.ts';
import { BoardId } from '../http/path-ids.ts';
import { id, moment, singleLine, textOrNull } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';
import { eventTypeFilter, eventTypeMembers } from './payload-answer.ts';

const deliveryStatus = z.enum(deliveryStatuses);

class ListDeliveriesQuery extends createZodDto(
  z.object({
    ...pageQuery,
    webhook_id: id.optional().describe("Only deliveries of this webhook's payloads."),
    since: moment.optional().describe('Requested at this time or later.'),
    until: moment.optional().describe('Requested before this time.'),
    status: deliveryStatus.optional(),
    reason: singleLine(100)
      .optional()
      .describe('The code with which they were parked, failed or filtered, for example told_too_often.'),
    event_type: eventTypeFilter.describe(
      'Only deliveries of payloads with this event type, or pull_request.* for all that begin so. If several payloads are told together, ' +
        'that of the oldest one counts.',
    ),
  }),
) {}

class DeliveryList extends createZodDto(
  listOf(
    z.object({
      id: z.uuid(),
      payload_id: z.uuid().describe('The payload that is told; the oldest one of several.'),
      coalesced_id: z
        .uuid()
        .nullable()
        .describe(
          'Which payloads are told together: their timelines name this id; null: one payload is told.',
        ),
      board_id: z.uuid(),
      webhook_id: z.uuid(),
      ...eventTypeMembers,
      agent_id: z.uuid().nullable(),
      gateway_id: z.uuid().nullable(),
      session_key: textOrNull,
      status: deliveryStatus,
      reason: textOrNull,
      detail: textOrNull.describe("The OpenClaw gateway's own sentence about the last error, with escapes."),
      attempts: z.int(),
      sent_at: z.iso.datetime().nullable().describe('When the OpenClaw gateway acknowledged the message.'),
      sent_again: z.boolean().describe('Whether the OpenClaw gateway had lost an earlier message.'),
      told_at: z.iso.datetime().nullable(),
      evidence: z
        .enum(['history', 'receipt', 'acknowledged'])
        .nullable()
        .describe(
          "How it is known that the agent's session has the message; acknowledged: an older release asked for no more.",
        ),
      run_id: textOrNull,
      run_outcome: z
        .enum(['ok', 'error', 'skipped', 'no_reply', 'timed_out', 'unknown'])
        .nullable()
        .describe("How the agent's run ended; unknown: it was not found out; null: not yet known."),
      run_code: textOrNull,
      ended_at: z.iso.datetime().nullable().describe("When the end of the agent's run became known."),
      requested_at: z.iso.datetime(),
      updated_at: z.iso.datetime(),
    }),
  ),
) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/deliveries')
export class ListDeliveries {
  constructor(private readonly reads: Reads) {}

  @Get()
  @ApiOperation({ summary: 'List the deliveries to agents across a board, newest first' })
  @ZodResponse({ status: 200, type: DeliveryList })
  async list(@BoardId() boardId: string, @Query() query: ListDeliveriesQuery): Promise<DeliveryList> {
    const { webhook_id: webhookId, event_type: eventType, ...others } = query;
    const [page] = await Promise.all([
      listDeliveries(this.reads.db, boardId, { ...others, webhookId, eventType }),
      this.reads.requireBoard(boardId),
    ]);
    return page;
  }
}
