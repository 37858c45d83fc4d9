import {
  ConfigError,
  type ConfigOf,
  canonicalCidr,
  contentKeyAccessOf,
  eventStoreVariables,
  type Variable,
  variables,
  wholeNumber,
  withoutPlaceholder,
} from '@mission-control/runtime';
import { z } from 'zod';

export interface RateLimit {
  readonly requests: number;
  readonly seconds: number;
}

/** `<requests>/<seconds>`; `0` means no limit and becomes null. */
const rateLimit = (fallback: string): Variable<RateLimit | null> => ({
  schema: z
    .string()
    .default(fallback)
    .refine((value) => /^(0|[1-9]\d{0,8}\/[1-9]\d{0,5})$/.test(value), {
      error: 'must be <requests>/<seconds>, or 0 for no limit',
    })
    .transform((value) => {
      const [requests = 0, seconds = 0] = value.split('/').map(Number);
      return requests === 0 ? null : { requests, seconds };
    }),
  example: fallback,
});

const redisUrlExample = 'rediss://user:password@localhost:6379/0';

const isRedisUrl = (text: string): boolean =>
  URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol) && new URL(text).hostname !== '';

const list = z
  .string()
  .default('')
  .transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  );

const isOrigin = (text: string): boolean => URL.canParse(text) && new URL(text).origin === text;

export const gatewayVariables = {
  PORT: variables.PORT,
  HOST: variables.HOST,
  SHUTDOWN_DELAY_SECONDS: variables.SHUTDOWN_DELAY_SECONDS,
  ADMIN_API_URL: variables.ADMIN_API_URL,
  ...eventStoreVariables,
  ENCRYPTION_KEY: variables.ENCRYPTION_KEY,
  CONTENT_ENCRYPTION: variables.CONTENT_ENCRYPTION,
  /** The largest accepted body. The maximum is what an event store can hold in one event. */
  WEBHOOK_MAX_PAYLOAD_BYTES: wholeNumber(1_048_576, 1, 16_777_216),
  /** How many webhooks, and as many secrets, to keep in memory: about 5 KiB each. */
  WEBHOOK_CACHE_SIZE: wholeNumber(100_000, 1, 10_000_000),
  WEBHOOK_REJECTION_RATE_LIMIT: { ...rateLimit('60/60'), formerly: 'WEBHOOK_INGEST_RATE_LIMIT' },
  WEBHOOK_RATE_LIMIT: rateLimit('6000/60'),
  RATE_LIMIT_BACKEND: {
    schema: z.enum(['memory', 'redis'], { error: 'must be memory or redis' }).default('memory'),
    example: 'redis',
  },
  RATE_LIMIT_REDIS_URL: {
    schema: withoutPlaceholder(
      z
        .string()
        .refine(isRedisUrl, { error: 'must be a URL that begins with redis:// or rediss://' })
        .optional(),
    ),
    example: redisUrlExample,
    secret: true,
  },
  TRUSTED_PROXIES: {
    schema: list.refine((cidrs) => cidrs.every((cidr) => canonicalCidr(cidr) !== null), {
      error: 'must be addresses or CIDR blocks, comma-separated',
    }),
    example: '10.0.0.0/8,2001:db8::/32',
  },
  TRUSTED_PROXY_HEADER: {
    schema: z
      .enum(['x-forwarded-for', 'forwarded'], { error: 'must be x-forwarded-for or forwarded' })
      .default('x-forwarded-for'),
    example: 'x-forwarded-for',
  },
  WEBHOOK_REDACT_HEADERS: {
    schema: list
      .transform((names) => names.map((name) => name.toLowerCase()))
      .refine((names) => names.every((name) => /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)), {
        error: 'must be header names, comma-separated',
      }),
    example: 'x-internal-token,x-session',
  },
  CORS_ORIGINS: {
    schema: list.refine((origins) => origins.every(isOrigin), {
      error: 'must be origins (scheme, host and port, no path), comma-separated',
    }),
    example: 'https://console.example.com',
  },
} as const;

export type GatewayConfig = ConfigOf<typeof gatewayVariables>;

/**
 * The URL of the Redis that shares rate limits; null: each process counts on its own.
 *
 * @throws ConfigError when the backend is Redis and its URL is missing
 */
export const rateLimitRedisUrlOf = (
  config: Pick<GatewayConfig, 'RATE_LIMIT_BACKEND' | 'RATE_LIMIT_REDIS_URL'>,
): string | null => {
  if (config.RATE_LIMIT_BACKEND === 'memory') return null;
  if (config.RATE_LIMIT_REDIS_URL) return config.RATE_LIMIT_REDIS_URL;
  throw new ConfigError([
    `RATE_LIMIT_REDIS_URL is missing, and RATE_LIMIT_BACKEND=redis needs it. Example: RATE_LIMIT_REDIS_URL=${redisUrlExample}`,
  ]);
};

/**
 * The URL of the database with the content keys; null: no content is encrypted.
 *
 * @throws ConfigError when content may be encrypted and the URL is missing
 */
export const contentKeysUrlOf = (config: GatewayConfig): string | null => {
  const access = contentKeyAccessOf(config);
  return config.CONTENT_ENCRYPTION !== 'off' && access ? access.DATABASE_URL : null;
};
