import {
  type ConfigOf,
  eventStoreVariables,
  type Variable,
  variables,
  wholeNumber,
} from '@mission-control/runtime';
import { z } from 'zod';

/** A number of seconds, fractions allowed, converted to milliseconds. */
const seconds = (fallback: number, min: number, max: number): Variable<number> => ({
  schema: z
    .string()
    .default(String(fallback))
    .refine((value) => /^\d+(\.\d+)?$/.test(value) && Number(value) >= min && Number(value) <= max, {
      error: `must be a number of seconds from ${min} to ${max}`,
    })
    .transform((value) => Math.round(Number(value) * 1000)),
  example: String(fallback),
});

export const notifierVariables = {
  ...eventStoreVariables,
  NATS_URL: variables.NATS_URL,
  /** The keys of encrypted content are in DATABASE_URL. */
  CONTENT_ENCRYPTION: variables.CONTENT_ENCRYPTION,
  ENCRYPTION_KEY: variables.ENCRYPTION_KEY,
  BASE_URL: variables.BASE_URL,
  READ_LINK_SECONDS: variables.READ_LINK_SECONDS,
  OPENCLAW_DENY_CIDRS: variables.OPENCLAW_DENY_CIDRS,
  NOTIFIER_MAX_RETRIES: wholeNumber(3, 0, 100),
  NOTIFIER_RETRY_BASE_SECONDS: seconds(10, 0.01, 3600),
  NOTIFIER_RETRY_MAX_SECONDS: seconds(120, 0.01, 86_400),
  NOTIFIER_THROTTLE_SECONDS: seconds(0, 0, 3600),
  /** How long to wait for an OpenClaw gateway's answer. */
  NOTIFIER_ANSWER_TIMEOUT_SECONDS: seconds(15, 0.1, 300),
  /** A delivery that waits for its OpenClaw gateway is parked when its cause is older. The steward reads it as well. */
  DELIVERY_RESUME_MAX_AGE_SECONDS: {
    ...wholeNumber(86_400, 0, 31_536_000),
    formerly: 'NOTIFIER_RESUME_MAX_AGE',
  },
} as const;

export type NotifierConfig = ConfigOf<typeof notifierVariables>;
