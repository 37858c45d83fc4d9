import { type AuditSubject, auditSubjects, listAuditTrail } from '@mission-control/read-models';
import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ZodResponse } from 'nestjs-zod';
import { HistoryQuery } from '../history/change-entry.ts';
import { notFound } from '../http/not-found.ts';
import { ResourceId } from '../http/path-ids.ts';
import { Reads } from '../stores/reads.ts';
import { AuditEventList, auditEventAnswer } from './event-answer.ts';
import { LogPoints } from './log-points.ts';

@ApiTags('Audit')
@Controller('api/v1/audit/trail/:kind/:resource_id')
export class ShowAuditTrail {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
  ) {}

  @Get()
  @ApiParam({ name: 'kind', enum: auditSubjects })
  @ApiOperation({
    summary: 'List everything that is connected with a resource, in the order of the log',
    description:
      'Its own events, everything that followed from the same requests, and the events that caused them. 404: nothing was recorded about it.',
  })
  @ZodResponse({ status: 200, type: AuditEventList })
  async show(
    @Param('kind') kind: string,
    @ResourceId() id: string,
    @Query() query: HistoryQuery,
  ): Promise<AuditEventList> {
    if (!isSubject(kind)) throw notFound('resource');
    const { incarnation, position } = await this.points.head();
    await this.points.indexed(position);
    const page = await listAuditTrail(this.reads.db, { kind, id }, query);
    if (page.items.length === 0 && query.cursor === undefined) throw notFound(kind);
    return { ...page, items: page.items.map((row) => auditEventAnswer(row, incarnation)) };
  }
}

const isSubject = (kind: string): kind is AuditSubject => (auditSubjects as readonly string[]).includes(kind);
