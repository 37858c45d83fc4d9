import {
  type ConfigOf,
  installationVariables,
  type Variable,
  variables,
  wholeNumber,
} from '@mission-control/runtime';
import { z } from 'zod';

const trueOrFalse: Variable<boolean> = {
  schema: z
    .enum(['true', 'false'], { error: 'must be true or false' })
    .default('false')
    .transform((value) => value === 'true'),
  example: 'true',
};

/** What the operator can set. `EVENTSTORE_URL` defaults to `DATABASE_URL` (schema `eventstore`). */
export const adminApiVariables = {
  PORT: wholeNumber(8001, 0, 65535),
  HOST: variables.HOST,
  SHUTDOWN_DELAY_SECONDS: variables.SHUTDOWN_DELAY_SECONDS,
  BASE_URL: variables.BASE_URL,
  EVENTSTORE_URL: variables.EVENTSTORE_URL,
  ...installationVariables,
  DATABASE_URL: variables.DATABASE_URL,
  ENCRYPTION_KEY: variables.ENCRYPTION_KEY,
  LOCAL_AUTH_TOKEN: variables.LOCAL_AUTH_TOKEN,
  AUDITOR_TOKEN: variables.AUDITOR_TOKEN,
  OPENCLAW_DENY_CIDRS: variables.OPENCLAW_DENY_CIDRS,
  WEBHOOK_DELETE_CLEANUP_MEMORY: trueOrFalse,
} as const;

export type AdminApiConfig = ConfigOf<typeof adminApiVariables>;
