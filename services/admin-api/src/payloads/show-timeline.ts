import { type DomainEvent, isEvent, parseEvent, streams } from '@mission-control/contracts';
import { listArrivals, type Payload } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { BoardId, PayloadId, WebhookId } from '../http/path-ids.ts';
import { textOrNull } from '../http/texts.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { payloadStatus } from './payload-answer.ts';
import { deliveryEntryOf, type TimelineEntry } from './timeline-entry.ts';

class Timeline extends createZodDto(
  z.object({
    payload_id: z.uuid(),
    status: payloadStatus,
    status_reason: textOrNull,
    items: z.array(
      z
        .looseObject({
          at: z.iso.datetime(),
          what: z.enum([
            'arrived',
            'stored',
            'redelivery_requested',
            'attempted',
            'attempt_failed',
            'told',
            'parked',
            'failed',
          ]),
        })
        .describe('Ids and codes beside these two differ from entry to entry.'),
    ),
  }),
) {}

@ApiTags('Payloads')
@Controller('api/v1/boards/:board_id/webhooks/:webhook_id/payloads/:payload_id/timeline')
export class ShowTimeline {
  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show what became of a payload, in the order of time' })
  @ZodResponse({ status: 200, type: Timeline })
  async show(
    @BoardId() boardId: string,
    @WebhookId() webhookId: string,
    @PayloadId() payloadId: string,
  ): Promise<Timeline> {
    const payload = await this.reads.payload(boardId, webhookId, payloadId);
    const entries = await Promise.all([
      this.#arrivals(payloadId),
      this.#stored(payload),
      this.#deliveries(payloadId),
    ]);
    return {
      payload_id: payloadId,
      status: payload.status,
      status_reason: payload.status_reason,
      items: entries.flat().sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    };
  }

  async #arrivals(payloadId: string): Promise<TimelineEntry[]> {
    const arrivals = await listArrivals(this.reads.db, payloadId);
    return arrivals.map(({ event_id, received_at, source_ip }) => ({
      at: received_at,
      what: 'arrived',
      event_id,
      source_ip,
    }));
  }

  /** When the event store had the first arrival on disk. */
  async #stored({ webhook_id, stream_revision }: Payload): Promise<TimelineEntry[]> {
    const recorded = await this.commands.store.readEvent(streams.payloads(webhook_id), stream_revision);
    return recorded === 'gone' ? [] : [{ at: recorded.recordedAt, what: 'stored', event_id: recorded.id }];
  }

  async #deliveries(payloadId: string): Promise<TimelineEntry[]> {
    const entries: TimelineEntry[] = [];
    for await (const recorded of this.commands.store.readStream(streams.delivery(payloadId))) {
      const event: DomainEvent = parseEvent(recorded);
      if (
        isEvent(
          event,
          'RedeliveryRequested',
          'DeliveryAttempted',
          'DeliveryAttemptFailed',
          'AgentTold',
          'DeliveryParked',
          'DeliveryFailed',
        )
      ) {
        entries.push(deliveryEntryOf(event));
      }
    }
    return entries;
  }
}
