import { type ConfigOf, eventStoreVariables, variables, wholeNumber } from '@mission-control/runtime';

export const relayVariables = {
  ...eventStoreVariables,
  NATS_URL: variables.NATS_URL,
  CONTENT_ENCRYPTION: variables.CONTENT_ENCRYPTION,
  /** Decrypts the keys of encrypted content, which are in DATABASE_URL: rules of webhooks depend on content. */
  ENCRYPTION_KEY: { ...variables.ENCRYPTION_KEY, schema: variables.ENCRYPTION_KEY.schema.optional() },
  /** A delivery without an outcome for this long is checked, and published again if its message is gone. */
  RELAY_SWEEP_SECONDS: wholeNumber(60, 1, 3600),
} as const;

export type RelayConfig = ConfigOf<typeof relayVariables>;
