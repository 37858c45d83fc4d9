import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { eventTypeMembers, payloadStatusMembers, shownStatusOf } from './payload-answer.ts';
import { PayloadTimeline } from './payload-timeline.ts';
import { timelineEntry } from './timeline-entry.ts';

class Timeline extends createZodDto(
  z.object({
    payload_id: z.uuid(),
    ...eventTypeMembers,
    ...payloadStatusMembers,
    items: z.array(timelineEntry),
  }),
) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/timeline')
export class ShowTimeline {
  constructor(
    private readonly reads: Reads,
    private readonly timeline: PayloadTimeline,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show what happened to a payload, in chronological order' })
  @ZodResponse({ status: 200, type: Timeline })
  async show(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
  ): Promise<Timeline> {
    const payload = await this.reads.payload(boardId, webhookId, payloadId);
    return {
      payload_id: payloadId,
      event_type: payload.event_type,
      sender: payload.sender,
      ...shownStatusOf(payload),
      items: await this.timeline.of(payload),
    };
  }
}
