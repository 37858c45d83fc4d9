import { type ConfigOf, variables, wholeNumber } from '@mission-control/runtime';

export const relayVariables = {
  EVENTSTORE_URL: variables.EVENTSTORE_URL,
  /** Only where `EVENTSTORE_URL` is not set. */
  DATABASE_URL: { ...variables.DATABASE_URL, schema: variables.DATABASE_URL.schema.optional() },
  NATS_URL: variables.NATS_URL,
  /** What has had no outcome for this long is looked into, and published again where its message is gone. */
  RELAY_SWEEP_SECONDS: wholeNumber(60, 1, 3600),
} as const;

export type RelayConfig = ConfigOf<typeof relayVariables>;
