import { z } from 'zod';
import { contentEncodingSchema } from '../payload/content/content-encoding.ts';
import { defaultDedupeWindowSeconds } from '../payload/identity.ts';

/** How a sender proves that a request comes from it. */
export const signatureSchemeSchema = z.enum([
  'hmac',
  'github',
  'stripe',
  'standard-webhooks',
  'slack',
  'shopify',
  'gitlab',
  'token',
  'none',
]);
export type SignatureScheme = z.infer<typeof signatureSchemeSchema>;

/**
 * Where the delivery name is read: where the scheme defines it, nowhere, in a header (lower case), or at a JSON pointer (RFC 6901) in the
 * body.
 */
const dedupeSchema = z.union([
  z.enum(['scheme', 'off']),
  z.templateLiteral(['header:', z.string()]),
  z.templateLiteral(['body:/', z.string()]),
]);
export type Dedupe = z.infer<typeof dedupeSchema>;

/**
 * Whether arrivals with the same delivery name and different bodies are one payload. It matters only for names that the signature covers:
 * other names always identify a payload together with the body.
 */
export const dedupeDifferingSchema = z.enum(['same', 'separate']);
export type DedupeDiffering = z.infer<typeof dedupeDifferingSchema>;

/** Whether accepted requests are answered with a signed receipt: if the sender asks for one, always, or never. */
export const receiptSettingSchema = z.enum(['on_request', 'always', 'off']);

/** The most arrivals that one message tells of. */
export const mostCoalesced = 1_000;

/**
 * How payloads are told together. `key`: what they have in common, as a JSON pointer (RFC 6901) or a CEL expression; null: all payloads of the
 * webhook belong together. The members have the names of the API in events and rows as well.
 */
export const coalesceRuleSchema = z
  .object({
    key: z.string().nullable(),
    window_seconds: z.int().positive(),
    max_wait_seconds: z.int().positive(),
    max_payloads: z.int().min(2).max(mostCoalesced),
  })
  .readonly();
export type CoalesceRule = z.infer<typeof coalesceRuleSchema>;

/** The key if it is a CEL expression; null if it is a JSON pointer, or if there is no key. Only JSON pointers begin with a slash. */
export const keyExpressionOf = ({ key }: Pick<CoalesceRule, 'key'>): string | null =>
  key === null || key.startsWith('/') ? null : key;

/** The highest limit of messages in a minute that a webhook can have. */
export const mostToldPerMinute = 600;

/** Whether agents are told of payloads. */
export const deliverySettingSchema = z.enum(['active', 'paused']);

/** What becomes of deliveries that were parked while delivery was paused. */
export const onResumeSchema = z.enum(['drain', 'discard']);

/** The tolerance that Stripe, Slack and Standard Webhooks recommend. */
export const defaultTimestampToleranceSeconds = 300;

/**
 * Every setting of a webhook except the secret, which is encrypted in events and never in rows or answers. The keys are the names in
 * events and in the domain.
 *
 * - `api`, `column`: the names in the API and in the table `board_webhooks`.
 * - `schema`: the value in events. Every setting added later is optional.
 * - `absent`: the value when events do not have an optional setting, which is how webhooks behaved before it existed.
 */
const definitions = {
  /** The admin's instruction to the agent. */
  description: { api: 'description', column: 'description', schema: z.string() },
  enabled: { api: 'enabled', column: 'enabled', schema: z.boolean() },
  /** null: the board's lead. */
  agentId: { api: 'agent_id', column: 'agent_id', schema: z.uuid().nullable() },
  signatureScheme: { api: 'signature_scheme', column: 'signature_scheme', schema: signatureSchemeSchema },
  /** Lower case; null: the scheme's default header. */
  signatureHeader: { api: 'signature_header', column: 'signature_header', schema: z.string().nullable() },
  /** Maximum difference between the signed time and receipt, in either direction. */
  timestampToleranceSeconds: {
    api: 'timestamp_tolerance_seconds',
    column: 'timestamp_tolerance_seconds',
    schema: z.int().positive().optional(),
    absent: defaultTimestampToleranceSeconds,
  },
  /** Addresses and CIDR blocks in canonical form; empty: requests from any address are accepted. */
  allowedIps: {
    api: 'allowed_ips',
    column: 'allowed_ips',
    schema: z.array(z.string()).readonly().optional(),
    absent: [],
  },
  /** Where the delivery name is read. */
  dedupe: { api: 'dedupe', column: 'dedupe', schema: dedupeSchema.optional(), absent: 'scheme' },
  dedupeDiffering: {
    api: 'dedupe_differing',
    column: 'dedupe_differing',
    schema: dedupeDifferingSchema.optional(),
    absent: 'same',
  },
  /** How long a delivery name identifies a payload. */
  dedupeWindowSeconds: {
    api: 'dedupe_window',
    column: 'dedupe_window_seconds',
    schema: z.int().positive().optional(),
    absent: defaultDedupeWindowSeconds,
  },
  /** The content encodings that are accepted. */
  contentEncodings: {
    api: 'content_encodings',
    column: 'content_encodings',
    schema: z.array(contentEncodingSchema).readonly().optional(),
    absent: [],
  },
  /** How often in a row a payload is delivered again because the agent's run on it failed. Agents have side effects, so never by default. */
  retryFailedRuns: {
    api: 'retry_failed_runs',
    column: 'retry_failed_runs',
    schema: z.int().min(0).max(3).optional(),
    absent: 0,
  },
  /** How many days a payload is kept after its first arrival; null: as the installation's default says. */
  retentionMaxAgeDays: {
    api: 'retention_max_age_days',
    column: 'retention_max_age_days',
    schema: z.int().positive().nullable().optional(),
    absent: null,
  },
  /** How many payloads are kept, the newest; null: as the installation's default says. */
  retentionMaxPayloads: {
    api: 'retention_max_payloads',
    column: 'retention_max_payloads',
    schema: z.int().positive().nullable().optional(),
    absent: null,
  },
  /** Whether accepted requests are answered with a signed receipt. */
  receipt: {
    api: 'receipt',
    column: 'receipt',
    schema: receiptSettingSchema.optional(),
    absent: 'on_request',
  },
  /** Whether the content of payloads is encrypted in the event store; null: as the installation's default says. */
  encryptContent: {
    api: 'encrypt_content',
    column: 'encrypt_content',
    schema: z.boolean().nullable().optional(),
    absent: null,
  },
  /** Where the event type is read (`parseEventTypeSetting`): `scheme`, `off`, or parts, with header names in lower case. */
  eventType: { api: 'event_type', column: 'event_type', schema: z.string().optional(), absent: 'scheme' },
  /** JSON pointers of the members that a message shows first. */
  messageFields: {
    api: 'message_fields',
    column: 'message_fields',
    schema: z.array(z.string()).readonly().optional(),
    absent: [],
  },
  /** Text with placeholders that a message shows before the rest of the payload; null: none. */
  messageTemplate: {
    api: 'message_template',
    column: 'message_template',
    schema: z.string().nullable().optional(),
    absent: null,
  },
  /** How payloads are told together; null: each is told alone. */
  coalesce: {
    api: 'coalesce',
    column: 'coalesce',
    schema: coalesceRuleSchema.nullable().optional(),
    absent: null,
  },
  /** CEL: a payload for which it is false is stored, and no agent is told. null: agents are told of every payload. */
  notifyWhen: {
    api: 'notify_when',
    column: 'notify_when',
    schema: z.string().nullable().optional(),
    absent: null,
  },
  /** Whose payloads are stored without telling an agent, for example the agent's own account. */
  ignoreActors: {
    api: 'ignore_actors',
    column: 'ignore_actors',
    schema: z.array(z.string()).readonly().optional(),
    absent: [],
  },
  /** A JSON pointer to the actor in the body; null: where the scheme's senders put it. */
  actor: { api: 'actor', column: 'actor', schema: z.string().nullable().optional(), absent: null },
  /** How many messages the agent gets in a minute at most; the rest is filtered. null: any number. */
  maxToldPerMinute: {
    api: 'max_told_per_minute',
    column: 'max_told_per_minute',
    schema: z.int().min(1).max(mostToldPerMinute).nullable().optional(),
    absent: null,
  },
  /** While it is paused, deliveries are parked. */
  delivery: {
    api: 'delivery',
    column: 'delivery',
    schema: deliverySettingSchema.optional(),
    absent: 'active',
  },
} as const satisfies Record<string, { api: string; column: string; schema: z.ZodType; absent?: unknown }>;

type Definitions = typeof definitions;
type Name = keyof Definitions;
type Value<N extends Name> = Exclude<z.infer<Definitions[N]['schema']>, undefined>;

/** The types of all settings, by their names in events, in the API and in rows. */
export interface WebhookSettingsIn {
  readonly event: { readonly [N in Name]: Value<N> };
  readonly api: { readonly [N in Name as Definitions[N]['api']]: Value<N> };
  readonly column: { readonly [N in Name as Definitions[N]['column']]: Value<N> };
}

const names = Object.keys(definitions) as Name[];

/** The members of WebhookCreated. */
export const webhookSettingSchemas = Object.fromEntries(
  names.map((name) => [name, definitions[name].schema]),
) as { readonly [N in Name]: Definitions[N]['schema'] };

type Optional = { [N in Name]: Definitions[N] extends { absent: unknown } ? N : never }[Name];

/** The values of settings that were never set. */
export const webhookDefaults: Pick<WebhookSettingsIn['event'], Optional> = Object.fromEntries(
  Object.entries(definitions).flatMap(([name, it]) => ('absent' in it ? [[name, it.absent]] : [])),
) as { [N in Optional]: Definitions[N]['absent'] };

type Form = keyof WebhookSettingsIn;
type Some<Settings> = { readonly [N in keyof Settings]?: Settings[N] | undefined };

/** Renames settings. Leaves out everything else, and settings that are undefined, because those are not set. */
export function renameSettings<From extends Form, To extends Form>(
  settings: WebhookSettingsIn[From],
  from: From,
  to: To,
): WebhookSettingsIn[To];
export function renameSettings<From extends Form, To extends Form>(
  settings: Some<WebhookSettingsIn[From]>,
  from: From,
  to: To,
): Partial<WebhookSettingsIn[To]>;
export function renameSettings(settings: Readonly<Record<string, unknown>>, from: Form, to: Form): object {
  const nameIn = (form: Form, name: Name) => (form === 'event' ? name : definitions[name][form]);
  return given(Object.fromEntries(names.map((name) => [nameIn(to, name), settings[nameIn(from, name)]])));
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Removes the members that are undefined, because they mean "not set". */
export const given = <T extends object>(data: T): Given<T> =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined)) as Given<T>;
