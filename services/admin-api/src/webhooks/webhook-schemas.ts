import {
  contentEncodingSchema,
  dedupeDifferingSchema,
  deliverySettingSchema,
  mostToldPerMinute,
  parseEventTypeSetting,
  receiptSettingSchema,
  signatureSchemeSchema,
  tokensOf,
  type WebhookSettingsIn,
} from '@mission-control/contracts';
import { canonicalCidr } from '@mission-control/runtime';
import { schemesWith } from '@mission-control/signatures';
import { z } from 'zod';
import { flag, headerName, id, listed, secretText, someText, textOrNull } from '../http/texts.ts';
import { coalesceInput, coalesceOutput } from './coalesce-setting.ts';
import { expression } from './expression.ts';
import { type flatMessage, messageInput, messageOutput } from './message-setting.ts';
import { type flatRetention, retentionInput, retentionOutput } from './retention-setting.ts';

const cidr = z.string({ error: 'must be a string' }).transform((text, context) => {
  const canonical = canonicalCidr(text.trim());
  if (canonical !== null) return canonical;
  context.addIssue({
    code: 'custom',
    message: 'must be an address or CIDR block, for example 192.30.252.0/22',
  });
  return z.NEVER;
});

/** An event type setting in its canonical form. */
const eventType = z.string({ error: 'must be a string' }).transform((text, context) => {
  const setting = parseEventTypeSetting(text.trim());
  if (!('fault' in setting)) return setting.text;
  context.addIssue({ code: 'custom', message: `at character ${setting.position} ${setting.fault}` });
  return z.NEVER;
});

const jsonPointer = z
  .string()
  .max(300, { error: 'must have at most 300 characters' })
  .refine((text) => text !== '' && tokensOf(text) !== null, {
    error: 'must be a JSON pointer, for example /sender/login',
  });

export const seconds = (least: number, most: number) => {
  const error = { error: `must be a whole number of seconds from ${least} to ${most}` };
  return z.int(error).min(least, error).max(most, error);
};

const toldPerMinute = {
  error: `must be a whole number from 1 to ${mostToldPerMinute}, or null`,
};

const day = 86_400;

export const newSecret = secretText(1000).describe(
  'Never shown again; has_secret says whether there is one. Must not begin or end with a space or an invisible character.',
);

/** Settings that the API shows as members of one object. */
type Nested = keyof ReturnType<typeof flatRetention> | keyof ReturnType<typeof flatMessage>;

/** Makes the compiler report a setting without a schema. A schema of the wrong type is reported where it is used. */
type EverySetting = Record<
  Exclude<keyof WebhookSettingsIn['api'], Nested> | 'retention' | 'message',
  z.ZodType
> &
  Record<string, z.ZodType>;

/** What admins send. */
export const webhookInput = {
  description: someText(10_000).describe('What the agent should do with the payloads.'),
  enabled: flag,
  agent_id: z.union([id, z.null()], { error: 'must be a UUID or null' }),
  secret: z.union([newSecret, z.null()]),
  signature_scheme: signatureSchemeSchema.describe('How senders prove that a request is their own.'),
  signature_header: z
    .union([headerName, z.null()])
    .describe(
      `With ${listed(schemesWith('acceptsSignatureHeader'))}: the header with the signature or token; ` +
        'null: the usual headers.',
    ),
  timestamp_tolerance_seconds: seconds(1, day).describe(
    `With ${listed(schemesWith('timestamped'))}: how far the signed time may be from the time of receipt, in either direction.`,
  ),
  allowed_ips: z
    .array(cidr, { error: 'must be a list of addresses and CIDR blocks' })
    .max(100, { error: 'must have at most 100 entries' })
    .describe('Addresses and CIDR blocks that may send; empty: anyone who knows the URL.'),
  dedupe: z
    .string({ error: 'must be a string' })
    .trim()
    .max(300, { error: 'must have at most 300 characters' })
    .describe(
      "Where to read the sender's own name of a delivery, so that its repeats are one payload: scheme (where the scheme's vendor puts " +
        'it), off, header:<name>, or body:<JSON pointer>. A name is a number, or a string of 1 to 256 printable characters of any script, ' +
        'with or without spaces. It is compared exactly. Any other value, and a header sent more than once (or with ", " in it), is not a ' +
        'name.',
    ),
  dedupe_differing: dedupeDifferingSchema.describe(
    'How to treat arrivals with the same name and different bodies: same (one payload; the later arrivals are marked) or separate (one ' +
      'payload per body). Default: separate with header: and body:, otherwise same. A PATCH that changes dedupe to another value also ' +
      'sets this to its default, unless it is given; no other PATCH changes it. Names that the signature does not cover are always ' +
      'separate.',
  ),
  dedupe_window: seconds(1, 365 * day).describe('How long a name identifies a payload, in seconds.'),
  content_encodings: z
    .array(z.enum(contentEncodingSchema.options, { error: 'must be gzip or deflate' }), {
      error: 'must be a list that contains only gzip and deflate',
    })
    .transform((given) => contentEncodingSchema.options.filter((encoding) => given.includes(encoding)))
    .describe(
      'Content encodings that are accepted and inflated: gzip, deflate. Empty: encoded bodies are rejected with 415.',
    ),
  retry_failed_runs: z
    .int({ error: 'must be a whole number from 0 to 3' })
    .min(0, { error: 'must be a whole number from 0 to 3' })
    .max(3, { error: 'must be a whole number from 0 to 3' })
    .describe(
      "How often in a row a payload is delivered again, 30 seconds after the agent's run on it failed or timed out. The agent may have " +
        'done part of the work already, so the default is 0.',
    ),
  retention: retentionInput,
  coalesce: coalesceInput,
  receipt: receiptSettingSchema.describe(
    'Whether a 202 has a signed receipt in X-Payload-Receipt: on_request (if the request has Prefer: receipt), always or off.',
  ),
  encrypt_content: z
    .union([flag, z.null()], { error: 'must be true, false or null' })
    .describe(
      'Whether body, headers, source address and delivery name of payloads are encrypted in the event store, so that they can be erased for ' +
        'good. null: as CONTENT_ENCRYPTION says. If that is off, true is rejected, and nothing is encrypted.',
    ),
  event_type: eventType.describe(
    'Where to read what the sender says happened: scheme (where the senders of the signature scheme put it), off, or parts joined by +: ' +
      'header:<name>, body:<JSON pointer>, form:<field>, for example header:x-github-event+body:/action. The values found are joined by ' +
      '"."; what is missing is left out.',
  ),
  message: messageInput,
  notify_when: z
    .union([expression, z.null()])
    .describe(
      'A CEL expression over body, headers, event_type and source_ip. A payload for which it is false is stored, and no agent is told; ' +
        'null: agents are told of every payload. If it has no result, the agent is told, and filter_error says why.',
    ),
  ignore_actors: z
    .array(someText(200), { error: 'must be a list of names of accounts' })
    .max(100, { error: 'must have at most 100 entries' })
    .describe(
      "Accounts whose payloads are stored without telling an agent, for example the agent's own, so that it is not told of what it did itself.",
    ),
  actor: z
    .union([jsonPointer, z.null()], { error: 'must be a JSON pointer, for example /sender/login, or null' })
    .describe(
      'Where the body names the account that caused the event, as a JSON pointer; null: where the senders of the signature scheme put it.',
    ),
  max_told_per_minute: z
    .union(
      [z.int(toldPerMinute).min(1, toldPerMinute).max(mostToldPerMinute, toldPerMinute), z.null()],
      toldPerMinute,
    )
    .describe(
      'How many messages the agent gets in a minute at most, counted by the times of receipt. Payloads beyond that are stored, and no agent is ' +
        'told: they become filtered, with the reason told_too_often. Redeliveries are neither counted nor filtered. null: any number.',
    ),
  delivery: deliverySettingSchema.describe('paused: payloads are stored, and their deliveries are parked.'),
} satisfies EverySetting;

/** A readonly list that the API description does not mark as `readOnly`, as it would with `.readonly()`. */
const list = <T extends z.ZodType>(of: T): z.ZodType<readonly z.output<T>[], readonly z.input<T>[]> =>
  z.array(of);

/** What admins see. */
export const webhookOutput = z.object({
  id: z.uuid(),
  board_id: z.uuid(),
  agent_id: z.uuid().nullable().describe("The agent to tell; null: the board's lead."),
  description: z.string(),
  enabled: z.boolean(),
  has_secret: z.boolean(),
  signature_scheme: signatureSchemeSchema,
  signature_header: textOrNull,
  timestamp_tolerance_seconds: z.int(),
  previous_secret_valid_until: z.iso
    .datetime()
    .nullable()
    .describe('When the previous secret stops being valid; null: there is none.'),
  allowed_ips: list(z.string()),
  dedupe: z.string(),
  dedupe_differing: dedupeDifferingSchema,
  dedupe_window: z.int(),
  content_encodings: list(contentEncodingSchema),
  retry_failed_runs: z.int(),
  retention: retentionOutput,
  coalesce: coalesceOutput,
  receipt: receiptSettingSchema,
  encrypt_content: z.boolean().nullable(),
  event_type: z.string(),
  message: messageOutput,
  notify_when: textOrNull,
  ignore_actors: list(z.string()),
  actor: textOrNull,
  max_told_per_minute: z.int().nullable(),
  delivery: deliverySettingSchema,
  endpoint_path: z.string(),
  endpoint_url: z.string(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
} satisfies EverySetting);
