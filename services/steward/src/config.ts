import { type ConfigOf, variables, wholeNumber } from '@mission-control/runtime';

export const stewardVariables = {
  EVENTSTORE_URL: variables.EVENTSTORE_URL,
  /** Only where `EVENTSTORE_URL` is not set. */
  DATABASE_URL: { ...variables.DATABASE_URL, schema: variables.DATABASE_URL.schema.optional() },
  /** Seconds. Parked payloads younger than this are taken up again when the configuration that parked them changes. */
  NOTIFIER_RESUME_MAX_AGE: wholeNumber(86_400, 0, 31_536_000),
} as const;

export type StewardConfig = ConfigOf<typeof stewardVariables>;
