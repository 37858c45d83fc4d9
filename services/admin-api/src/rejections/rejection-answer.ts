import type { WebhookRejectionRow } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';

const rejection = z.object({
  id: z.uuid(),
  refused_at: z.iso.datetime(),
  status: z.int().describe('HTTP status of the answer that the sender got.'),
  code: z.string().describe('Its stable code.'),
  source_ip: z.string(),
  declared_bytes: z.int().nullable().describe('Of the body, by Content-Length; null: it gave none.'),
  received_bytes: z.int().nullable().describe('Of the body as far as it was read; null: not at all.'),
  omitted: z
    .int()
    .describe(
      'How many refused requests were left out between the entry before, by time, and this one: of a flood only some are recorded.',
    ),
  request_id: z.string().describe('As in the answer and in X-Request-Id.'),
});

export class RejectionList extends createZodDto(listOf(rejection)) {}

export const rejectionAnswer = (row: WebhookRejectionRow): z.infer<typeof rejection> => ({
  id: row.event_id,
  refused_at: row.refused_at,
  status: row.status,
  code: row.code,
  source_ip: row.source_ip,
  declared_bytes: row.declared_bytes === null ? null : Number(row.declared_bytes),
  received_bytes: row.received_bytes === null ? null : Number(row.received_bytes),
  omitted: Number(row.omitted),
  request_id: row.request_id,
});
