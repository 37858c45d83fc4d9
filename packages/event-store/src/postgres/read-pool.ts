import { Pool, type QueryResultRow } from 'pg';
import type { EventStoreLog } from '../log.ts';
import { toStoreError } from './errors.ts';
import { prepareSession } from './session.ts';
import type { PostgresSettings } from './settings.ts';

/** A few connections for everything but appends and notifications. Errors are the port's. */
export class ReadPool {
  readonly #pool: Pool;

  constructor(settings: PostgresSettings, log: EventStoreLog) {
    this.#pool = new Pool({
      ...settings.client,
      query_timeout: 20_000,
      max: 4,
      onConnect: (client) => prepareSession(client),
    });
    this.#pool.on('error', (error) =>
      log.debug({ err: error }, 'an idle connection to the event store was lost'),
    );
  }

  /** `name` makes it a prepared statement: one name, one text. */
  async query<Row extends QueryResultRow>(name: string, text: string, values: unknown[]): Promise<Row[]> {
    try {
      return (await this.#pool.query<Row>({ name, text, values })).rows;
    } catch (error) {
      throw toStoreError(error);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
