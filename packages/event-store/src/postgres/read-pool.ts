import { setTimeout as delay } from 'node:timers/promises';
import { Pool, type PoolClient, type QueryResultRow, types } from 'pg';
import type { EventStoreLog } from '../log.ts';
import { toStoreError } from './errors.ts';
import { isoTimeOf } from './iso-time.ts';
import { destroySession, prepareSession } from './session.ts';
import type { PostgresSettings } from './settings.ts';

/** Times are read as ISO-8601. */
const parserOf: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === types.builtins.TIMESTAMPTZ ? isoTimeOf : types.getTypeParser(oid, format as 'text');

/** The same, with JSON as it was sent. */
const textParserOf: typeof types.getTypeParser = (oid: number, format?: 'text' | 'binary') =>
  oid === types.builtins.JSON ? (text: string) => text : parserOf(oid, format as 'text');

/** A few connections for everything except appends and notifications. Throws the port's errors. */
export class ReadPool {
  readonly #pool: Pool;
  readonly #clients = new Set<PoolClient>();
  readonly #running = new Set<Promise<unknown>>();

  constructor(settings: PostgresSettings, log: EventStoreLog) {
    this.#pool = new Pool({
      ...settings.client,
      query_timeout: 20_000,
      max: 4,
      types: { getTypeParser: parserOf },
      onConnect: (client) => prepareSession(client),
    });
    this.#pool.on('connect', (client) => this.#clients.add(client));
    this.#pool.on('remove', (client) => this.#clients.delete(client));
    this.#pool.on('error', (error) =>
      log.debug({ err: error }, 'an idle connection to the event store was lost'),
    );
  }

  /** `name` makes it a prepared statement: a name always has the same text. */
  async query<Row extends QueryResultRow>(
    name: string,
    text: string,
    values: unknown[],
    json: 'json parsed' | 'json as text' = 'json parsed',
  ): Promise<Row[]> {
    const types = { getTypeParser: json === 'json as text' ? textParserOf : parserOf };
    const answer = this.#pool.query<Row>({ name, text, values, types });
    this.#running.add(answer);
    try {
      return (await answer).rows;
    } catch (error) {
      throw toStoreError(error);
    } finally {
      this.#running.delete(answer);
    }
  }

  /** Gives queries in progress a moment to finish. */
  async close(): Promise<void> {
    const over = new AbortController();
    const patience = delay(2_000, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([Promise.allSettled(this.#running), patience]);
    over.abort();
    if (this.#running.size > 0) for (const client of this.#clients) destroySession(client);
    await this.#pool.end();
  }
}
