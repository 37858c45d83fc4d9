import { listDeliveries } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, pageQuery } from '../http/pages.ts';
import { BoardId } from '../http/path-ids.ts';
import { id, moment, textOrNull } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';

const deliveryStatus = z.enum(['requested', 'attempted', 'retrying', 'told', 'parked', 'failed']);

class ListDeliveriesQuery extends createZodDto(
  z.object({
    ...pageQuery,
    webhook_id: id.optional().describe("Only deliveries of this webhook's payloads."),
    since: moment.optional().describe('Requested at this time or later.'),
    until: moment.optional().describe('Requested before this time.'),
    status: deliveryStatus.optional(),
  }),
) {}

class DeliveryList extends createZodDto(
  listOf(
    z.object({
      id: z.uuid(),
      payload_id: z.uuid(),
      board_id: z.uuid(),
      webhook_id: z.uuid(),
      agent_id: z.uuid().nullable(),
      status: deliveryStatus,
      reason: textOrNull,
      attempts: z.int(),
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
    const [page] = await Promise.all([
      listDeliveries(this.reads.db, boardId, { ...query, webhookId: query.webhook_id }),
      this.reads.requireBoard(boardId),
    ]);
    return page;
  }
}
