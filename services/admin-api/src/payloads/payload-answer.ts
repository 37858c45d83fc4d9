import { type Payload, payloadStatuses } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf } from '../http/pages.ts';
import { singleLine, textOrNull } from '../http/texts.ts';
import { webhookOutput } from '../webhooks/webhook-schemas.ts';

export const payloadStatus = z.enum(payloadStatuses);

/** The filter of lists. */
export const eventTypeFilter = singleLine(202)
  .optional()
  .describe(
    'What the sender says happened, for example pull_request.closed. pull_request.* finds all that begin with pull_request.',
  );

/** How a payload's event type is described wherever it is shown. */
export const eventTypeMembers = {
  event_type: textOrNull.describe(
    "What the sender says happened, read where the webhook's event_type said when the payload arrived; null: nothing was found.",
  ),
  sender: textOrNull.describe("The sender's name, as far as the headers tell; null: it is not a known one."),
};

/** How a payload's status is described wherever it is shown. */
export const payloadStatusMembers = {
  status: payloadStatus.describe(
    'delivering: a message is made or waits; sent: the OpenClaw gateway acknowledged it and may still lose it; interrupted: the OpenClaw ' +
      "gateway lost it, and it is sent again; told: the agent's session has it (of an older release: acknowledged); handled, run_failed: " +
      "told, and so ended the agent's run; outcome_unknown: it cannot be found out, and it is not sent again; filtered: by the webhook's " +
      'notify_when or ignore_actors, or discarded when its delivery resumed.',
  ),
  status_reason: textOrNull.describe(
    'Why; gateway_unavailable, or the code of the rejection: it waits for its OpenClaw gateway.',
  ),
  status_detail: textOrNull.describe(
    "The OpenClaw gateway's own sentence about it, with escapes, or what its operator has to do.",
  ),
  status_since: z.iso
    .datetime()
    .describe('Since when. If it waits for its OpenClaw gateway: since when that is unavailable.'),
};

/** The members of `payloadStatusMembers` of a payload. */
export const shownStatusOf = ({ status, status_reason, status_detail, status_since }: Payload) => ({
  status,
  status_reason,
  status_detail,
  status_since,
});

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
  source_ip: textOrNull.describe('null: the content was erased.'),
  content_type: textOrNull,
  encrypted: z
    .boolean()
    .describe(
      'Whether the content of the first arrival is encrypted in the event store. The timeline says it of each arrival.',
    ),
  ...eventTypeMembers,
  received_at: z.iso.datetime(),
  payload_encoding: z
    .enum(['json', 'form', 'multipart', 'text', 'base64', 'erased'])
    .describe('erased: an admin erased the content. payload is null, and headers are empty.'),
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
  ...payloadStatusMembers,
  filter_error: textOrNull.describe(
    'Why notify_when had no result for the delivery that began last, so that the agent is told, or why coalesce.key had none, so that it is ' +
      'told of the payload alone; null: it had one, or there is none.',
  ),
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
export class PayloadAnswer extends createZodDto(
  payload.extend({
    webhook_at_receipt: webhookOutput
      .nullable()
      .optional()
      .describe(
        'With include=webhook_at_receipt: the configuration that was in force when the payload arrived.',
      ),
  }),
) {}
export class PayloadList extends createZodDto(listOf(payload)) {}

/** The JSON text of a payload. It contains the body digit for digit as it is in the read model. */
export const payloadJson = (row: Payload, more: object = {}): string =>
  withRawMember({ id: row.id, board_id: row.board_id, webhook_id: row.webhook_id }, 'payload', row.payload, {
    headers: row.headers,
    source_ip: row.source_ip,
    content_type: row.content_type,
    encrypted: row.encrypted,
    event_type: row.event_type,
    sender: row.sender,
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
    ...shownStatusOf(row),
    filter_error: row.filter_error,
    arrivals: row.arrivals,
    differing_arrivals: row.differing_arrivals,
    ...more,
  });

/**
 * A JSON object of the members `before`, one member whose value is already JSON text, and the members `after`. Both groups have
 * at least one member.
 */
const withRawMember = (before: object, name: string, json: string, after: object): string =>
  `${JSON.stringify(before).slice(0, -1)},${JSON.stringify(name)}:${json},${JSON.stringify(after).slice(1)}`;
