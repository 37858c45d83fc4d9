import { type ConfigOf, eventStoreVariables, wholeNumber } from '@mission-control/runtime';

export const stewardVariables = {
  ...eventStoreVariables,
  /** Seconds. Parked payloads younger than this are taken up again when the configuration that parked them changes. */
  NOTIFIER_RESUME_MAX_AGE: wholeNumber(86_400, 0, 31_536_000),
} as const;

export type StewardConfig = ConfigOf<typeof stewardVariables>;
