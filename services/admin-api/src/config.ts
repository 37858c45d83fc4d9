import {
  type ConfigOf,
  installationVariables,
  optionalWholeNumber,
  trueOrFalse,
  variables,
  wholeNumber,
} from '@mission-control/runtime';

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
  READ_LINK_SECONDS: variables.READ_LINK_SECONDS,
  CONTENT_ENCRYPTION: variables.CONTENT_ENCRYPTION,
  WEBHOOK_DELETE_CLEANUP_MEMORY: trueOrFalse(false),
  /** What the answer to an erasure says about backups. Nothing is deleted by it. */
  BACKUPS_KEPT_DAYS: optionalWholeNumber(1, 36_500, '30'),
} as const;

export type AdminApiConfig = ConfigOf<typeof adminApiVariables>;
