import { auditSubjects, listAuditEvents } from '@mission-control/read-models';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { createZodDto, ZodResponse } from 'nestjs-zod';
import { z } from 'zod';
import { pageQuery } from '../http/pages.ts';
import { moment, singleLine } from '../http/texts.ts';
import { Reads } from '../stores/reads.ts';
import { positionText } from './as-of.ts';
import { AuditEventList, auditEventAnswer } from './event-answer.ts';
import { inThisLog, LogPoints } from './log-points.ts';

const { limit, cursor } = pageQuery;

const actorKinds = ['admin', 'agent', 'sender', 'service'] as const;
const actor = z
  .string()
  .regex(new RegExp(`^(${actorKinds.join('|')})(:.{1,200})?$`), {
    error: `must be ${actorKinds.join(', ')}, or one of them with an id, as admin:root`,
  })
  .transform((text) => {
    const [, kind, id] = /^(\w+)(?::(.*))?$/.exec(text) ?? [];
    return { kind: kind as (typeof actorKinds)[number], id };
  });

const resource = z
  .string()
  .regex(new RegExp(`^(${auditSubjects.join('|')}):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`, 'i'), {
    error: `must be ${auditSubjects.join(', ')}, and its id, as webhook:<webhook-id>`,
  })
  .transform((text) => {
    const [kind, id = ''] = text.split(':');
    return { kind: kind as (typeof auditSubjects)[number], id: id.toLowerCase() };
  });

class ListAuditEventsQuery extends createZodDto(
  z.object({
    limit,
    cursor,
    stream: singleLine(500)
      .optional()
      .describe('Only events of this stream, for example webhook-<webhook-id>.'),
    type: singleLine(500).optional().describe('Only events of this type, for example WebhookUpdated.'),
    actor: actor
      .optional()
      .describe('Only what these did: admin, agent or service, or one of them by its id, as admin:root.'),
    correlation_id: singleLine(200)
      .optional()
      .describe('Only what follows from the request with this X-Request-Id.'),
    resource: resource
      .optional()
      .describe(
        'Only events that name it: payload, webhook, agent, board or gateway, and the id, as webhook:<webhook-id>.',
      ),
    since: moment.optional().describe('After the last event that was recorded before this time.'),
    until: moment.optional().describe('Up to the last event that was recorded before this time.'),
    after: positionText.optional().describe('Only events after this position.'),
    before: positionText.optional().describe('Only events before this position.'),
  }),
) {}

@ApiTags('Audit')
@Controller('api/v1/audit/events')
export class ListAuditEvents {
  constructor(
    private readonly reads: Reads,
    private readonly points: LogPoints,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List what was recorded, in the order of the log',
    description:
      'Oldest first. A page never changes, except that events leave the list when retention or deletion removes them. Without content: an ' +
      'event by its id has it. Left out are rejected requests and how far services have read. If nothing but a board, an agent, an OpenClaw ' +
      'gateway, the notifier, senders or a type that each payload has is asked for, a page looks through 50,000 events: it may then have fewer ' +
      'items than the limit, or none, and a next_cursor nevertheless.',
  })
  @ZodResponse({ status: 200, type: AuditEventList })
  async list(@Query() query: ListAuditEventsQuery): Promise<AuditEventList> {
    const { incarnation, position } = await this.points.head();
    const { correlation_id: correlationId, resource: subject, after, before, ...rest } = query;
    const request = {
      ...rest,
      correlationId,
      subject,
      after: after && inThisLog('after', after, incarnation),
      before: before && inThisLog('before', before, incarnation),
    };
    const read = () => listAuditEvents(this.reads.db, request);
    const page = await this.points.complete(position, read, (found) => found.next_cursor !== null);
    return { ...page, items: page.items.map((row) => auditEventAnswer(row, incarnation)) };
  }
}
