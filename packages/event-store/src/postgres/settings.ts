import type { ClientConfig } from 'pg';
import { EventStoreUnsupported } from '../errors.ts';

/** How to reach the log: node-pg's settings, the schema that holds the tables, and a URL that is safe to show. */
export interface PostgresSettings {
  readonly client: ClientConfig;
  readonly schema: string;
  readonly printableAddress: string;
}

const schemaName = /^[a-z_][a-z0-9_]{0,39}$/;

/**
 * The connect timeout in milliseconds, from libpq's URL parameter `?connect_timeout=` (seconds, default 5), which node-pg does
 * not read.
 */
export const connectTimeoutMs = (url: string): number => {
  const seconds = new URL(url).searchParams.get('connect_timeout') ?? '5';
  if (!/^[1-9]\d{0,5}$/.test(seconds)) {
    throw new EventStoreUnsupported(
      `connect_timeout ${JSON.stringify(seconds)} of a database is invalid: it must be a whole number of seconds, at least 1`,
    );
  }
  return Number(seconds) * 1_000;
};

/**
 * `?schema=` selects the schema (default `eventstore`), `?connect_timeout=` sets the connect timeout; all other parameters are
 * node-pg's own.
 */
export const parsePostgresUrl = (url: string, name: string): PostgresSettings => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw new EventStoreUnsupported(
      'the event store address must be a URL of the form postgres://user:password@host:5432/database',
    );
  }
  const schema = parsed.searchParams.get('schema') ?? 'eventstore';
  if (!schemaName.test(schema)) {
    throw new EventStoreUnsupported(
      `schema ${JSON.stringify(schema)} is invalid: use at most 40 lower-case letters, digits and _, and no digit at the beginning`,
    );
  }
  parsed.searchParams.delete('schema');
  return {
    client: {
      connectionString: parsed.href,
      application_name: name,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: connectTimeoutMs(parsed.href),
    },
    schema,
    printableAddress: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
  };
};

/** Notifications are per database and logs are per schema, so each schema has its own channel. */
export const channelOf = (schema: string): string => `${schema}_appended`;
