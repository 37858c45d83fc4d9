import { type ConfigOf, eventStoreVariables, wholeNumber } from '@mission-control/runtime';

export const stewardVariables = {
  ...eventStoreVariables,
  /** Seconds. A parked payload younger than this is resumed when the configuration that parked it changes. */
  NOTIFIER_RESUME_MAX_AGE: wholeNumber(86_400, 0, 31_536_000),
} as const;

export type StewardConfig = ConfigOf<typeof stewardVariables>;
