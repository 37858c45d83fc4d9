import { coalesceRuleSchema, mostCoalesced, tokensOf } from '@mission-control/contracts';
import { z } from 'zod';
import { expression } from './expression.ts';

const mostSeconds = 3_600;

const whole = (least: number, most: number, of = '') => {
  const error = { error: `must be a whole number${of} from ${least} to ${most}` };
  return z.int(error).min(least, error).max(most, error);
};
const seconds = () => whole(1, mostSeconds, ' of seconds');

/** A webhook waits ten windows, and for a hundred payloads, if its admin does not say otherwise. */
const defaults = { windows: 10, payloads: 100 };

const pointer = z
  .string()
  .max(256, { error: 'must have at most 256 characters' })
  .refine((text) => /^\P{C}+$/u.test(text) && tokensOf(text) !== null, {
    error: 'must be a JSON pointer, for example /pull_request/number, or a CEL expression',
  });

/** No expression begins with a slash, and every JSON pointer to a member does. */
const key = z
  .string({ error: 'must be a JSON pointer, a CEL expression or null' })
  .overwrite((text) => (text.startsWith('/') ? text : text.trim()))
  .superRefine((text, context) => {
    const checked = (text.startsWith('/') ? pointer : expression).safeParse(text);
    for (const { message } of checked.error?.issues ?? []) context.addIssue({ code: 'custom', message });
  });

/** What admins send. */
export const coalesceInput = z
  .strictObject(
    {
      key: z
        .union([key, z.null()])
        .default(null)
        .describe(
          'What payloads must have in common: a JSON pointer, for example /issue/number, or a CEL expression over body, headers, event_type ' +
            'and source_ip, for example body.repository.full_name + event_type. A payload that has no text, number or boolean there is told ' +
            'alone, at once, and so is one for which the expression has no result: filter_error says why. null: all payloads of the webhook ' +
            'belong together.',
        ),
      window_seconds: seconds().describe('How long to wait for another payload.'),
      max_wait_seconds: seconds()
        .optional()
        .describe(
          `How long the first payload waits at most. Default: ${defaults.windows} times window_seconds.`,
        ),
      max_payloads: whole(2, mostCoalesced)
        .default(defaults.payloads)
        .describe('With so many payloads, the agent is told at once.'),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object or null' : undefined) },
  )
  .refine(({ window_seconds, max_wait_seconds = mostSeconds }) => max_wait_seconds >= window_seconds, {
    path: ['max_wait_seconds'],
    error: 'must not be less than window_seconds',
  })
  .transform(({ window_seconds, max_wait_seconds, ...others }) => ({
    ...others,
    window_seconds,
    max_wait_seconds: max_wait_seconds ?? Math.min(window_seconds * defaults.windows, mostSeconds),
  }))
  .nullable()
  .describe(
    'Whether payloads that arrive shortly after each other are told together, in one message. null: each is told alone. The setting that ' +
      'was in force at receipt counts. A PATCH replaces all members.',
  );

/** What admins see. */
export const coalesceOutput = coalesceRuleSchema.unwrap().nullable();
