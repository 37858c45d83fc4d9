import { ConfigError } from './load.ts';
import { variables } from './variables.ts';

/** Which part of an event store belongs to this installation. */
export const installationVariables = {
  EVENTSTORE_PREFIX: variables.EVENTSTORE_PREFIX,
  INSTALLATION_ID: variables.INSTALLATION_ID,
} as const;

/** For a service that needs the event store and no other database: `DATABASE_URL` is used only if `EVENTSTORE_URL` is not set. */
export const eventStoreVariables = {
  EVENTSTORE_URL: variables.EVENTSTORE_URL,
  ...installationVariables,
  DATABASE_URL: { ...variables.DATABASE_URL, schema: variables.DATABASE_URL.schema.optional() },
} as const;

/** @throws ConfigError when neither is set */
export const eventStoreUrlOf = (config: {
  readonly EVENTSTORE_URL: string | undefined;
  readonly DATABASE_URL: string | undefined;
}): string => {
  const url = config.EVENTSTORE_URL ?? config.DATABASE_URL;
  if (url) return url;
  throw new ConfigError([
    `EVENTSTORE_URL is missing, and so is DATABASE_URL, its default. Example: EVENTSTORE_URL=${variables.EVENTSTORE_URL.example}`,
  ]);
};
