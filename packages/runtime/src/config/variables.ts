import { z } from 'zod';
import { canonicalCidr } from '../net/addresses.ts';
import { levels } from '../observe/log-level.ts';
import { withoutInvisibleEnds } from '../text/invisible-ends.ts';
import { contentEncryptionNamed, contentEncryptions } from './content-encryption.ts';
import type { Variable } from './load.ts';

const text = z.string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a string') });

const variable = <T>(
  schema: z.ZodType<T, string | undefined>,
  example: string,
  options: { secret?: boolean; fromFile?: boolean } = {},
): Variable<T> => ({ schema, example, ...options });

/** A whole number between two bounds, with a default. */
export const wholeNumber = (fallback: number, min: number, max: number, example = String(fallback)) =>
  variable(
    z
      .string()
      .default(String(fallback))
      .refine((value) => /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max, {
        error: `must be a whole number from ${min} to ${max}`,
      })
      .transform(Number),
    example,
  );

/** A whole number between two bounds; undefined if it is not set. */
export const optionalWholeNumber = (min: number, max: number, example: string) =>
  variable(
    z
      .string()
      .optional()
      .refine(
        (value) =>
          value === undefined || (/^\d+$/.test(value) && Number(value) >= min && Number(value) <= max),
        { error: `must be a whole number from ${min} to ${max}` },
      )
      .transform((value) => (value === undefined ? undefined : Number(value))),
    example,
  );

export const trueOrFalse = (fallback: boolean) =>
  variable(
    z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .default(fallback ? 'true' : 'false')
      .transform((value) => value === 'true'),
    String(!fallback),
  );

const urlWith = (schemes: readonly string[]) =>
  text.refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), {
    error: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  });

const placeholders = /change.?me|your.?(token|password)|example|placeholder|secret.?here|xxxx/i;

const passwordsIn = (urls = ''): string[] =>
  [...urls.matchAll(/\/\/[^/@:]*:([^/@]*)@/g)].map(([, password = '']) => password);

/** For URLs, also of a cluster: a password from a template is rejected before anything connects with it. */
export const withoutPlaceholder = <T extends string | undefined>(schema: z.ZodType<T, string | undefined>) =>
  schema.refine((value) => !passwordsIn(value).some((password) => placeholders.test(password)), {
    error: 'contains a placeholder, not a password',
  });

const postgresSchemes = ['postgres:', 'postgresql:'];

/** A cluster address that lists several seeds with ports is not a valid URL. The event store checks it itself. */
const eventStoreUrl = z.union(
  [urlWith(postgresSchemes), text.regex(/^(esdb|kurrentdb)(\+discover)?:\/\/[^/]/)],
  'must be a URL that begins with postgres://, postgresql://, esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://',
);

const namedToken = /^(?:([A-Za-z0-9._-]{1,64})=)?(.*)$/;

const tokenList = z.string().transform((value, context) => {
  const tokens: { name: string; token: string }[] = [];
  for (const part of value.split(',')) {
    const [, name = 'admin', token = ''] = namedToken.exec(withoutInvisibleEnds(part)) ?? [];
    const problem =
      token.length < 50
        ? 'has a token of fewer than 50 characters'
        : placeholders.test(token) || new Set(token).size < 8
          ? 'contains a placeholder, not a random token'
          : tokens.some((other) => other.name === name)
            ? `names ${name} twice`
            : null;
    if (problem) {
      context.addIssue({ code: 'custom', message: problem, input: undefined });
      return z.NEVER;
    }
    tokens.push({ name, token });
  }
  return tokens;
});

const encryptionKeys = text.transform((value, context) => {
  const keys = value.split(',').map((part) => Buffer.from(part.trim(), 'base64'));
  if (keys.some((key) => key.length !== 32)) {
    context.addIssue({
      code: 'custom',
      message: 'must be 32 bytes in base64, or several such keys, comma-separated',
      input: undefined,
    });
    return z.NEVER;
  }
  if (keys.some((key) => new Set(key).size < 8 || placeholders.test(key.toString('latin1')))) {
    context.addIssue({
      code: 'custom',
      message: 'contains a placeholder, not 32 random bytes',
      input: undefined,
    });
    return z.NEVER;
  }
  return keys;
});

const addressList = z
  .string()
  .optional()
  .transform((value) => value?.split(',').map((part) => part.trim()))
  .refine((parts) => parts === undefined || parts.every((part) => canonicalCidr(part) !== null), {
    error: 'must be addresses or CIDR blocks, comma-separated',
  });

/** The variables that more than one service reads. */
export const variables = {
  PORT: wholeNumber(8000, 0, 65535),
  HOST: variable(z.string().default('127.0.0.1'), '0.0.0.0'),
  MANAGEMENT_HOST: variable(z.string().default('127.0.0.1'), '0.0.0.0'),
  managementPort: (fallback: number) => wholeNumber(fallback, 0, 65535),
  /** For services that answer requests: how long they keep serving after SIGTERM, so that load balancers can take notice. */
  SHUTDOWN_DELAY_SECONDS: wholeNumber(0, 0, 300, '15'),
  BASE_URL: variable(
    urlWith(['http:', 'https:']).transform((value) => value.replace(/\/+$/, '')),
    'https://mission-control.example.com',
  ),
  ADMIN_API_URL: variable(urlWith(['http:', 'https:']), 'http://127.0.0.1:8001'),
  EVENTSTORE_URL: variable(
    withoutPlaceholder(eventStoreUrl.optional()),
    'postgres://user:password@localhost:5432/mission_control',
    { secret: true },
  ),
  /** The same in the event store and in the names of JetStream and Postgres, so it is a word that all of them accept. */
  EVENTSTORE_PREFIX: variable(
    z
      .string()
      .default('')
      .refine((value) => /^([a-z][a-z0-9_]{0,23})?$/.test(value), {
        error: 'must be at most 24 lower-case letters, digits and _, beginning with a letter',
      }),
    'acme',
  ),
  INSTALLATION_ID: variable(
    z
      .uuid({ error: 'must be a UUID' })
      .transform((id) => id.toLowerCase())
      .optional(),
    '"$(uuidgen)"',
    { fromFile: true },
  ),
  DATABASE_URL: variable(
    withoutPlaceholder(urlWith(postgresSchemes)),
    'postgres://user:password@localhost:5432/mission_control',
    { secret: true },
  ),
  NATS_URL: variable(
    withoutPlaceholder(
      text.refine(
        (value) =>
          value
            .split(',')
            .every((one) => URL.canParse(one.trim()) && /^(nats|tls):$/.test(new URL(one.trim()).protocol)),
        { error: 'must be one or more nats:// or tls:// URLs, comma-separated' },
      ),
    ),
    'nats://user:password@localhost:4222',
    { secret: true },
  ),
  /** Where signed checkpoints are kept outside the event store. */
  AUDIT_ANCHOR_FILE: variable(text.optional(), '/var/lib/mission-control/checkpoint.txt'),
  AUDIT_ANCHOR_URL: variable(
    urlWith(['http:', 'https:']).optional(),
    'https://audit.example.com/checkpoints',
    { secret: true },
  ),
  ENCRYPTION_KEY: variable(encryptionKeys, '"$(openssl rand -base64 32)"', { secret: true }),
  /** Which webhooks' payloads have encrypted content in the event store, so that it can be erased. */
  CONTENT_ENCRYPTION: variable(
    z
      .enum([...contentEncryptions, 'false', 'true'], { error: 'must be off, per-webhook or on' })
      .default('off')
      .transform((value) => contentEncryptionNamed[value]),
    'per-webhook',
  ),
  LOCAL_AUTH_TOKEN: variable(text.pipe(tokenList), '"$(openssl rand -hex 32)"', { secret: true }),
  AUDITOR_TOKEN: variable(
    tokenList.optional().transform((tokens) => tokens ?? []),
    'jane="$(openssl rand -hex 32)"',
    { secret: true },
  ),
  /** How long the read link in a message is valid, at most an hour; 0: messages have none, and those that have been sent are dead. */
  READ_LINK_SECONDS: wholeNumber(3600, 0, 3600, '900'),
  OPENCLAW_DENY_CIDRS: variable(addressList, '169.254.0.0/16,10.1.2.3'),
  LOG_LEVEL: variable(
    z
      .enum(levels, {
        error: `must be one of ${levels.join(', ')}`,
      })
      .default('info'),
    'info',
  ),
  LOG_FORMAT: variable(
    z
      .enum(['text', 'json'], { error: 'must be text or json' })
      .default(process.stdout.isTTY ? 'text' : 'json'),
    'json',
  ),
} as const;

export type NamedToken = { readonly name: string; readonly token: string };
