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
  /** Decrypts the key that signs checkpoints, and the content keys. */
  ENCRYPTION_KEY: variables.ENCRYPTION_KEY,
  /** How often a checkpoint is signed, in seconds, if something was sealed since. */
  AUDIT_CHECKPOINT_SECONDS: wholeNumber(60, 1, 86_400),
  /** A file outside the event store for the newest signed checkpoint, and an address that each is posted to. */
  AUDIT_ANCHOR_FILE: variables.AUDIT_ANCHOR_FILE,
  AUDIT_ANCHOR_URL: variables.AUDIT_ANCHOR_URL,
  /** The read models say which payloads are the oldest, and the content keys are beside them. */
  DATABASE_URL: variables.DATABASE_URL,
  /** The retention of webhooks that do not set their own. Unset: payloads are kept for ever. */
  WEBHOOK_RETENTION_MAX_AGE_DAYS: optionalWholeNumber(1, 36_500, '90'),
  WEBHOOK_RETENTION_MAX_PAYLOADS: optionalWholeNumber(1, 1_000_000_000, '100000'),
  WEBHOOK_RETENTION_CHECK_SECONDS: wholeNumber(60, 1, 86_400),
} as const;

export type StewardConfig = ConfigOf<typeof stewardVariables>;
