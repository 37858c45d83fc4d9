import {
  type ConfigOf,
  installationVariables,
  loadConfig,
  type NamedToken,
  type Variable,
  variables,
  wholeNumber,
} from '@mission-control/runtime';
import { z } from 'zod';

const optional = <T>(variable: Variable<T>): Variable<T | undefined> => ({
  ...variable,
  schema: variable.schema.optional(),
});

/** The variables that this process reads itself. Each service validates its own. */
const standaloneVariables = {
  PORT: variables.PORT,
  HOST: variables.HOST,
  BASE_URL: optional(variables.BASE_URL),
  DATA_DIR: { schema: z.string().default('.data'), example: '.data' } satisfies Variable<string>,
  EVENTSTORE_URL: variables.EVENTSTORE_URL,
  ...installationVariables,
  DATABASE_URL: optional(variables.DATABASE_URL),
  NATS_URL: optional(variables.NATS_URL),
  ENCRYPTION_KEY: optional(variables.ENCRYPTION_KEY),
  LOCAL_AUTH_TOKEN: optional(variables.LOCAL_AUTH_TOKEN),
  AUDITOR_TOKEN: variables.AUDITOR_TOKEN,
  BACKGROUND_NICE: wholeNumber(10, 0, 19),
  LOG_LEVEL: variables.LOG_LEVEL,
  LOG_FORMAT: variables.LOG_FORMAT,
};

export type StandaloneConfig = ConfigOf<typeof standaloneVariables>;

export const loadStandaloneConfig = (env: NodeJS.ProcessEnv): StandaloneConfig =>
  loadConfig(standaloneVariables, env);

/** Formats the tokens as the variable's value. */
export const writeTokens = (tokens: readonly NamedToken[]): string =>
  tokens.map(({ name, token }) => `${name}=${token}`).join(',');

/** Formats the keys as the variable's value. */
export const writeKeys = (keys: readonly Buffer[]): string =>
  keys.map((key) => key.toString('base64')).join(',');
