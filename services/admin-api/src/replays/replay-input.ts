import { createZodDto } from 'nestjs-zod';
import { z } from 'zod';
import { flag, id, moment, singleLine } from '../http/texts.ts';
import { eventTypeFilter, payloadStatus } from '../payloads/payload-answer.ts';

/** The body of a request has at most 1 MiB. */
const mostListed = 10_000;
const rates = { least: 0.01, most: 200, usual: 10 };
const badRate = { error: `must be a number from ${rates.least} to ${rates.most}` };
const criteria = ['since', 'until', 'status', 'status_reason', 'event_type', 'q'] as const;

const replayBody = z
  .strictObject({
    since: moment.optional().describe('Only payloads received at this time or later.'),
    until: moment.optional().describe('Only payloads received before this time.'),
    status: payloadStatus.optional().describe('Only payloads that have this status now.'),
    status_reason: singleLine(100).optional().describe('Only payloads that have this status_reason now.'),
    event_type: eventTypeFilter,
    q: singleLine(200).optional().describe('Only payloads that contain this text.'),
    payload_ids: z
      .array(id, { error: 'must be a list of ids' })
      .min(1, { error: 'must not be empty' })
      .max(mostListed, { error: `must have at most ${mostListed} ids` })
      .transform((ids) => [...new Set(ids)])
      .optional()
      .describe('Only these payloads; not together with the other criteria.'),
    agent_id: z
      .union([id, z.null()], { error: 'must be a UUID or null' })
      .default(null)
      .describe('The agent of the board to tell instead of the one that the webhook names.'),
    reason: singleLine(500).describe('Shown in the replay and in the timeline of each payload.'),
    rate: z
      .number(badRate)
      .min(rates.least, badRate)
      .max(rates.most, badRate)
      .default(rates.usual)
      .describe('Payloads per second at most.'),
    dry_run: flag.default(false).describe('Counts the payloads, and changes nothing.'),
  })
  .superRefine((body, context) => {
    if (body.payload_ids === undefined) return;
    for (const field of criteria) {
      if (body[field] === undefined) continue;
      context.addIssue({
        code: 'custom',
        path: [field],
        message: 'cannot be given together with payload_ids',
      });
    }
  });

/** Which payloads, to whom, why and how fast. Without any criterion: all payloads. */
export class ReplayBody extends createZodDto(replayBody) {}
