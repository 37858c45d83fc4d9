import { z } from 'zod';
import { canonicalCidr } from '../net/addresses.ts';
import { withoutInvisibleEnds } from '../text/invisible-ends.ts';
import type { Variable } from './load.ts';

const text = z.string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a string') });

const variable = <T>(
  schema: z.ZodType<T, string | undefined>,
  example: string,
  options: { secret?: boolean } = {},
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

const urlWith = (schemes: readonly string[]) =>
  text.refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), {
    error: `must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  });

const postgresSchemes = ['postgres:', 'postgresql:'];

/** A cluster address that lists several seeds with ports is not a valid URL. The event store checks it itself. */
const eventStoreUrl = z.union(
  [urlWith(postgresSchemes), text.regex(/^(esdb|kurrentdb)(\+discover)?:\/\/[^/]/)],
  'must be a URL that begins with postgres://, postgresql://, esdb://, esdb+discover://, kurrentdb:// or kurrentdb+discover://',
);

const placeholders = /change.?me|your.?token|example|placeholder|secret.?here|xxxx/i;

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
  managementPort: (fallback: number) => wholeNumber(fallback, 0, 65535),
  /** For services that answer requests: how long they keep serving after SIGTERM, so that load balancers can take notice. */
  SHUTDOWN_DELAY_SECONDS: wholeNumber(0, 0, 300, '15'),
  BASE_URL: variable(
    urlWith(['http:', 'https:']).transform((value) => value.replace(/\/+$/, '')),
    'https://mission-control.example.com',
  ),
  ADMIN_API_URL: variable(urlWith(['http:', 'https:']), 'http://127.0.0.1:8001'),
  EVENTSTORE_URL: variable(
    eventStoreUrl.optional(),
    'postgres://user:password@localhost:5432/mission_control',
    { secret: true },
  ),
  DATABASE_URL: variable(
    urlWith(postgresSchemes),
    'postgres://user:password@localhost:5432/mission_control',
    { secret: true },
  ),
  NATS_URL: variable(
    text.refine(
      (value) =>
        value
          .split(',')
          .every((one) => URL.canParse(one.trim()) && /^(nats|tls):$/.test(new URL(one.trim()).protocol)),
      { error: 'must be one or more nats:// or tls:// URLs, comma-separated' },
    ),
    'nats://user:password@localhost:4222',
    { secret: true },
  ),
  ENCRYPTION_KEY: variable(encryptionKeys, '"$(openssl rand -base64 32)"', { secret: true }),
  LOCAL_AUTH_TOKEN: variable(text.pipe(tokenList), '"$(openssl rand -hex 32)"', { secret: true }),
  AUDITOR_TOKEN: variable(
    tokenList.optional().transform((tokens) => tokens ?? []),
    'jane="$(openssl rand -hex 32)"',
    { secret: true },
  ),
  OPENCLAW_DENY_CIDRS: variable(addressList, '169.254.0.0/16,10.1.2.3'),
  LOG_LEVEL: variable(
    z
      .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], {
        error: 'must be one of trace, debug, info, warn, error, fatal',
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
