import type { ClientConfig } from 'pg';
import { EventStoreUnsupported } from '../errors.ts';

/** How to reach the log: node-pg's settings, the schema that holds the tables, and a URL that may be shown. */
export interface PostgresSettings {
  readonly client: ClientConfig;
  readonly schema: string;
  readonly shown: string;
}

const schemaName = /^[a-z_][a-z0-9_]{0,39}$/;

/** `?schema=` selects the schema (default `eventstore`); every other parameter is node-pg's own. */
export const parsePostgresUrl = (url: string, name: string): PostgresSettings => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || parsed.hostname === '') {
    throw new EventStoreUnsupported(
      'the event store address is no URL of the form postgres://user:password@host:5432/database',
    );
  }
  const schema = parsed.searchParams.get('schema') ?? 'eventstore';
  if (!schemaName.test(schema)) {
    throw new EventStoreUnsupported(
      `schema ${JSON.stringify(schema)} is not usable: lower-case letters, digits and _, 40 at most, no digit first`,
    );
  }
  parsed.searchParams.delete('schema');
  return {
    client: {
      connectionString: parsed.href,
      application_name: name,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      connectionTimeoutMillis: 5_000,
    },
    schema,
    shown: `${parsed.protocol}//${parsed.host}${parsed.pathname}`,
  };
};

/** Notifications are per database, logs per schema. */
export const channelOf = (schema: string): string => `${schema}_appended`;
