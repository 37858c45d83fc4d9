import {
  type ConfigOf,
  eventStoreVariables,
  optionalWholeNumber,
  variables,
  wholeNumber,
} from '@mission-control/runtime';

export const stewardVariables = {
  ...eventStoreVariables,
  /** A parked payload younger than this is resumed when the configuration that parked it changes. */
  DELIVERY_RESUME_MAX_AGE_SECONDS: {
    ...wholeNumber(86_400, 0, 31_536_000),
    formerly: 'NOTIFIER_RESUME_MAX_AGE',
  },
  /** The read models say which payloads are the oldest. */
  DATABASE_URL: variables.DATABASE_URL,
  /** The retention of webhooks that do not set their own. Unset: payloads are kept for ever. */
  WEBHOOK_RETENTION_MAX_AGE_DAYS: optionalWholeNumber(1, 36_500, '90'),
  WEBHOOK_RETENTION_MAX_PAYLOADS: optionalWholeNumber(1, 1_000_000_000, '100000'),
  WEBHOOK_RETENTION_CHECK_SECONDS: wholeNumber(60, 1, 86_400),
} as const;

export type StewardConfig = ConfigOf<typeof stewardVariables>;
