import { rejectionCodeOf, storedRejectionCode } from '@mission-control/contracts';
import type { WebhookRejectionRow } from '@mission-control/read-models';
import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { listOf, pageQuery } from '../http/pages.ts';
import { singleLine } from '../http/texts.ts';

/** Which rejections to return. */
export const rejectionsQuery = {
  ...pageQuery,
  code: singleLine(100)
    .transform(storedRejectionCode)
    .optional()
    .describe('Only requests rejected with this code.'),
  cause: singleLine(100).optional().describe('Only requests that were not verified for this cause.'),
};

const rejection = z.object({
  id: z.uuid(),
  webhook_id: z.uuid(),
  refused_at: z.iso.datetime(),
  status: z.int().describe('HTTP status of the response that the sender got.'),
  code: z
    .string()
    .describe(
      'The stable code of that response. For a wrong URL, what is wrong with it: url_blank, url_slashes, url_suffix, url_spelling or board_mismatch.',
    ),
  cause: z
    .string()
    .nullable()
    .describe(
      'Why the request was not verified; the sender is not told. `no_signature_header`: a header that the scheme needs is missing or ' +
        'empty. `unknown_format`: the signature or its time is not in the format of the scheme. `timestamp_unit`: the time is in ' +
        'milliseconds, microseconds or nanoseconds instead of seconds. `timestamp_too_old`, `timestamp_in_future`: the digest is right, ' +
        'but the time is further off than `timestamp_tolerance_seconds`. `digest_mismatch`: another secret or another body. ' +
        '`token_mismatch`: another token. null: rejected for another reason.',
    ),
  header_names: z
    .array(z.string())
    .nullable()
    .describe(
      'With `no_signature_header`: the names of the request headers in lower case, at most the first 40. Never values.',
    ),
  source_ip: z.string(),
  declared_bytes: z.int().nullable().describe('Content-Length of the request; null: it had none.'),
  received_bytes: z.int().nullable().describe('Bytes of the body that were read; null: it was not read.'),
  omitted: z
    .int()
    .describe(
      'How many rejected requests were not recorded between the previous entry (by time) and this one. During a flood, only some are.',
    ),
  request_id: z.string().describe('As in the response and in X-Request-Id.'),
});

export class RejectionList extends createZodDto(listOf(rejection)) {}

export const rejectionAnswer = (row: WebhookRejectionRow): z.infer<typeof rejection> => ({
  id: row.event_id,
  webhook_id: row.webhook_id,
  refused_at: row.refused_at,
  status: row.status,
  code: rejectionCodeOf(row.code),
  cause: row.cause,
  header_names: row.header_names === null ? null : [...row.header_names],
  source_ip: row.source_ip,
  declared_bytes: row.declared_bytes === null ? null : Number(row.declared_bytes),
  received_bytes: row.received_bytes === null ? null : Number(row.received_bytes),
  omitted: Number(row.omitted),
  request_id: row.request_id,
});
