import { type ConfigOf, eventStoreVariables, variables, wholeNumber } from '@mission-control/runtime';

export const relayVariables = {
  ...eventStoreVariables,
  NATS_URL: variables.NATS_URL,
  /** What has had no outcome for this long is looked into, and published again where its message is gone. */
  RELAY_SWEEP_SECONDS: wholeNumber(60, 1, 3600),
} as const;

export type RelayConfig = ConfigOf<typeof relayVariables>;
