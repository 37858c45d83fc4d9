import { type ConfigOf, eventStoreVariables, wholeNumber } from '@mission-control/runtime';

export const stewardVariables = {
  ...eventStoreVariables,
  /** A parked payload younger than this is resumed when the configuration that parked it changes. */
  DELIVERY_RESUME_MAX_AGE_SECONDS: {
    ...wholeNumber(86_400, 0, 31_536_000),
    formerly: 'NOTIFIER_RESUME_MAX_AGE',
  },
} as const;

export type StewardConfig = ConfigOf<typeof stewardVariables>;
