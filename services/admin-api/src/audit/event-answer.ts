import type { AuditEvent } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';
import { shownPosition } from './as-of.ts';

const named = (what: string) => z.uuid().nullable().describe(`The ${what} that the event names.`);

const auditEvent = z.object({
  id: z.uuid(),
  position: z.string().describe('In the log: <incarnation>:<position>, as as_of takes it.'),
  stream: z.string(),
  revision: z.int().describe('In its stream.'),
  type: z.string(),
  recorded_at: z.iso
    .datetime()
    .describe(
      "By the event store's clock. In a copy of a log: when the event happened, if that was before the copy.",
    ),
  occurred_at: z.iso.datetime(),
  actor: z.object({
    kind: z.enum(['admin', 'agent', 'sender', 'service']),
    id: textOrNull.describe('null: a sender. Its address is shown with the payload.'),
  }),
  correlation_id: z
    .string()
    .describe('The same for everything that follows from one request; its X-Request-Id.'),
  causation_id: textOrNull.describe('The request or event that directly led to this event.'),
  board_id: named('board'),
  webhook_id: named('webhook'),
  payload_id: named('payload'),
  agent_id: named('agent'),
  gateway_id: named('OpenClaw gateway'),
});

export class AuditEventList extends createZodDto(listOf(auditEvent)) {}

export class AuditEventAnswer extends createZodDto(
  auditEvent.extend({
    schema_version: z.int(),
    data: z
      .record(z.string(), z.unknown())
      .describe(
        'What the event says. Secrets are "[redacted]", and the body of an arrival is left out: `…/raw` returns it.',
      ),
  }),
) {}

export const auditEventAnswer = (row: AuditEvent, incarnation: string): z.infer<typeof auditEvent> => ({
  id: row.event_id,
  position: shownPosition(incarnation, row.position),
  stream: row.stream,
  revision: row.revision,
  type: row.type,
  recorded_at: row.recorded_at,
  occurred_at: row.occurred_at,
  actor: { kind: row.actor_kind, id: row.actor_id },
  correlation_id: row.correlation_id,
  causation_id: row.causation_id,
  board_id: row.board_id,
  webhook_id: row.webhook_id,
  payload_id: row.payload_id,
  agent_id: row.agent_id,
  gateway_id: row.gateway_id,
});
