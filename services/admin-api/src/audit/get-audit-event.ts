import { isEvent, parseEvent, withErasedContent } from '@mission-control/contracts';
import type { ProjectedEvent } from '@mission-control/projections';
import { findAuditEvent } from '@mission-control/read-models';
import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { errorAnswer } from '../docs/error-answer.ts';
import { notFound } from '../http/not-found.ts';
import { EventId } from '../http/path-ids.ts';
import { Commands } from '../stores/commands.ts';
import { Reads } from '../stores/reads.ts';
import { AuditEventAnswer, auditEventAnswer } from './event-answer.ts';
import { LogPoints } from './log-points.ts';
import { redactedData } from './redacted.ts';
import { Removals } from './removals.ts';
import { eventGone } from './removed.ts';

@ApiTags('Audit')
@Controller('api/v1/audit/events/:event_id')
export class GetAuditEvent {
  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
    private readonly points: LogPoints,
    private readonly removals: Removals,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show one event, without secrets' })
  @ZodResponse({ status: 200, type: AuditEventAnswer })
  @ApiResponse({
    status: 410,
    ...errorAnswer(
      'Retention, deletion or pruning has removed what it is about; removed_by is the event that did it.',
    ),
  })
  async get(@EventId() eventId: string): Promise<AuditEventAnswer> {
    const { incarnation, position } = await this.points.head();
    const find = () => findAuditEvent(this.reads.db, eventId);
    const row = await this.points.complete(position, find, (found) => found !== undefined);
    if (!row) throw notFound('event');
    const recorded = await this.commands.asStored.readEvent(row.stream, row.revision);
    if (recorded === 'gone') throw eventGone();
    const event = parseEvent(recorded) as ProjectedEvent;
    const removal = await this.removals.ofEvent(event);
    if (removal) throw eventGone(removal);
    const data =
      isEvent(event, 'WebhookPayloadReceived') && (await this.removals.isContentErased(event.data))
        ? withErasedContent(event.data)
        : event.data;
    const { metadata } = event;
    return {
      ...auditEventAnswer(row, incarnation),
      schema_version: metadata.schemaVersion,
      data: redactedData(data),
    };
  }
}
