import { type Client, escapeIdentifier } from 'pg';
import type { EncodedEvent } from '../encode.ts';
import { EventStoreUnavailable } from '../errors.ts';
import type { AppendResult, ExpectedRevision } from '../port.ts';
import { elementTypes, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts';
import { destroySession, openSession } from './session.ts';
import type { PostgresSettings } from './settings.ts';

export interface BatchedAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
}

interface OutcomeRow {
  readonly outcome: 'appended' | 'repeated' | 'conflict' | 'deleted';
  readonly last_revision: string;
  readonly last_position: string | null;
}

/** Milliseconds: the server gives up before this side does, so that an outcome is mostly known. */
const limits = { statement: 9_000, lock: 8_000 };
const answerTimeout = 12_000;

/** The one connection over which a process appends; opened again when it was lost. */
export class AppendSession {
  readonly #settings: PostgresSettings;
  readonly #statement: string;
  #client: Client | undefined;

  constructor(settings: PostgresSettings) {
    this.#settings = { ...settings, client: { ...settings.client, query_timeout: answerTimeout } };
    this.#statement = `select * from ${escapeIdentifier(settings.schema)}.append($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
  }

  /** Throws what node-pg throws; nothing has been sent then. */
  async connect(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = await openSession(this.#settings, limits);
    client.once('error', () => this.#lose(client));
    client.once('end', () => this.#lose(client));
    this.#client = client;
  }

  /** One autocommitted statement: it ends without this process, so a stopped one holds no lock. Throws what node-pg throws. */
  async send(batch: readonly BatchedAppend[]): Promise<AppendResult[]> {
    const client = this.#client;
    if (client === undefined) throw new EventStoreUnavailable('the connection to Postgres was lost', false);
    try {
      const { rows } = await client.query<OutcomeRow>({
        name: 'append',
        text: this.#statement,
        values: parametersOf(batch),
      });
      return rows.map(toResult);
    } catch (error) {
      // After an answer that the server is going, or none at all, what the connection says next means nothing.
      if (!(error instanceof Error && 'severity' in error && error.severity === 'ERROR')) this.#lose(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end();
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    destroySession(client);
  }
}

const parametersOf = (batch: readonly BatchedAppend[]): Buffer[] => {
  const latest = new Map<string, number>();
  const previous = batch.map(({ stream }, index) => {
    const before = latest.get(stream) ?? 0;
    latest.set(stream, index + 1);
    return before;
  });
  const events = batch.flatMap(({ events }) => events);
  const { text, json } = elementTypes;
  return [
    textArray(
      text,
      batch.map(({ stream }) => stream),
    ),
    int8Array(
      batch.map(({ expected }) => (expected === 'any' ? -2 : expected === 'no_stream' ? -1 : expected)),
    ),
    int4Array(batch.map(({ events }) => events.length)),
    int4Array(previous),
    int4Array(batch.flatMap(({ events }, index) => events.map(() => index + 1))),
    uuidArray(events.map(({ id }) => id)),
    textArray(
      text,
      events.map(({ type }) => type),
    ),
    textArray(
      json,
      events.map(({ data }) => data),
    ),
    textArray(
      json,
      events.map(({ metadata }) => metadata),
    ),
  ];
};

const toResult = (row: OutcomeRow): AppendResult => {
  const revision = Number(row.last_revision);
  if (row.outcome === 'deleted') return { ok: false, reason: 'stream_deleted' };
  if (row.outcome === 'conflict' || row.last_position === null) {
    return { ok: false, reason: 'wrong_expected_revision', actual: revision < 0 ? 'no_stream' : revision };
  }
  return { ok: true, revision, position: BigInt(row.last_position) };
};
