import { parseEvent } from '@mission-control/contracts';
import { findAuditEvent } from '@mission-control/read-models';
import { ApiError } from '@mission-control/runtime';
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

@ApiTags('Audit')
@Controller('api/v1/audit/events/:event_id')
export class GetAuditEvent {
  constructor(
    private readonly reads: Reads,
    private readonly commands: Commands,
    private readonly points: LogPoints,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Show one event, without secrets' })
  @ZodResponse({ status: 200, type: AuditEventAnswer })
  @ApiResponse({ status: 410, ...errorAnswer('Retention or deletion has removed it from the log.') })
  async get(@EventId() eventId: string): Promise<AuditEventAnswer> {
    const row = await findAuditEvent(this.reads.db, eventId);
    if (!row) throw notFound('event');
    const recorded = await this.commands.store.readEvent(row.stream, row.revision);
    if (recorded === 'gone')
      throw new ApiError(
        410,
        'event_gone',
        'The event is gone: retention or deletion has removed it from the log.',
      );
    const { metadata, data } = parseEvent(recorded);
    const { incarnation } = await this.points.head();
    return {
      ...auditEventAnswer(row, incarnation),
      schema_version: metadata.schemaVersion,
      data: redactedData(data),
    };
  }
}
