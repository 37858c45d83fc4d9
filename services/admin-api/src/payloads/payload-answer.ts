import type { Payload } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { textOrNull } from '../http/texts.ts';

export const payloadStatus = z.enum(['received', 'stored', 'delivering', 'told', 'failed', 'parked']);

const payload = z.object({
  id: z.uuid(),
  board_id: z.uuid(),
  webhook_id: z.uuid(),
  payload: z
    .unknown()
    .describe(
      'What the sender sent, inflated and decoded: JSON as it was written; the fields of a form as an object, in which several values of ' +
        'one name are an array, JSON in a field is JSON, and a file is its filename, type and size; other text as a string; other bytes ' +
        'as base64.',
    ),
  headers: z.record(z.string(), z.string()).describe('Content-Type, User-Agent and X-*; secrets redacted.'),
  source_ip: z.string(),
  content_type: textOrNull,
  received_at: z.iso.datetime(),
  payload_encoding: z.enum(['json', 'form', 'multipart', 'text', 'base64']),
  request_headers: z.record(z.string(), z.string()).describe('All headers; secrets redacted.'),
  sha256: z.string().describe('SHA-256 of the body as it arrived, encoded or not, in hex.'),
  size: z.int().describe('Bytes of the body as it arrived, encoded or not.'),
  signature: z.object({
    verdict: z.enum(['verified', 'unverified']),
    scheme: z.string(),
    secret: z
      .enum(['current', 'previous'])
      .nullable()
      .describe('Which of the two active secrets matched; null: none was used.'),
  }),
  status: payloadStatus,
  status_reason: textOrNull,
  arrivals: z.int().describe('How many times the sender sent it.'),
  differing_arrivals: z
    .int()
    .describe(
      "Arrivals whose body differs from the first arrival's, which is shown here. The timeline marks them.",
    ),
});

/**
 * These only describe the responses. The responses themselves are assembled as text, because a payload must not be parsed on the
 * way.
 */
export class PayloadAnswer extends createZodDto(payload) {}
export class PayloadList extends createZodDto(listOf(payload)) {}

/** The JSON text of a payload. It contains the body digit for digit as it is in the read model. */
export const payloadJson = (row: Payload): string =>
  withRawMember({ id: row.id, board_id: row.board_id, webhook_id: row.webhook_id }, 'payload', row.payload, {
    headers: row.headers,
    source_ip: row.source_ip,
    content_type: row.content_type,
    received_at: row.received_at,
    payload_encoding: row.payload_encoding,
    request_headers: row.request_headers,
    sha256: row.sha256,
    size: row.size,
    signature: {
      verdict: row.signature_verdict,
      scheme: row.signature_scheme,
      secret: row.signature_secret,
    },
    status: row.status,
    status_reason: row.status_reason,
    arrivals: row.arrivals,
    differing_arrivals: row.differing_arrivals,
  });

/**
 * A JSON object of the members `before`, one member whose value is already JSON text, and the members `after`. Both groups have
 * at least one member.
 */
const withRawMember = (before: object, name: string, json: string, after: object): string =>
  `${JSON.stringify(before).slice(0, -1)},${JSON.stringify(name)}:${json},${JSON.stringify(after).slice(1)}`;
