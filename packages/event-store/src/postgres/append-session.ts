import { type Client, escapeIdentifier } from 'pg';
import type { EncodedEvent } from '../encode.ts';
import { EventStoreUnavailable } from '../errors.ts';
import type { Appended, AppendResult, ExpectedRevision } from '../port.ts';
import { elementTypes, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts';
import { sessionSurvives } from './errors.ts';
import { destroySession, endSession, openSession } from './session.ts';
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
const limits = { statement: 7_000, lock: 5_000 };
const answerTimeout = 8_500;

/** The one connection over which a process appends; opened again when it was lost. */
export class AppendSession {
  readonly #settings: PostgresSettings;
  readonly #many: string;
  readonly #one: string;
  #client: Client | undefined;

  constructor(settings: PostgresSettings) {
    this.#settings = { ...settings, client: { ...settings.client, query_timeout: answerTimeout } };
    const schema = escapeIdentifier(settings.schema);
    this.#many = `select * from ${schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
    this.#one = `select ${schema}.append_one($1, $2, $3, $4, $5, $6) as stored`;
  }

  get connected(): boolean {
    return this.#client !== undefined;
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
      const [only, ...others] = batch;
      const alone = only !== undefined && others.length === 0 ? await this.#sendOne(client, only) : undefined;
      if (alone !== undefined) return [alone];
      const values = parametersOf(batch);
      const { rows } = await client.query<OutcomeRow>({ name: 'append', text: this.#many, values });
      return rows.map(toResult);
    } catch (error) {
      // After no answer at all, or one that the server is going, what the connection says next means nothing.
      if (!sessionSurvives(error)) this.#lose(client);
      throw error;
    }
  }

  /** The short way for what comes alone; undefined when it stored nothing and the long way must say why. */
  async #sendOne(client: Client, { stream, expected, events }: BatchedAppend): Promise<Appended | undefined> {
    const [event, ...more] = events;
    if (event === undefined || more.length > 0) return undefined;
    const { rows } = await client.query<{ stored: string[] | null }>({
      name: 'append_one',
      text: this.#one,
      values: [stream, expectedNumber(expected), event.id, event.type, event.data, event.metadata],
    });
    const [revision, position] = rows[0]?.stored ?? [];
    if (revision === undefined || position === undefined) return undefined;
    return { ok: true, revision: Number(revision), position: BigInt(position) };
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await endSession(client);
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
    int8Array(batch.map(({ expected }) => expectedNumber(expected))),
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

const expectedNumber = (expected: ExpectedRevision): number =>
  expected === 'any' ? -2 : expected === 'no_stream' ? -1 : expected;

const toResult = (row: OutcomeRow): AppendResult => {
  const revision = Number(row.last_revision);
  if (row.outcome === 'deleted') return { ok: false, reason: 'stream_deleted' };
  if (row.outcome === 'conflict' || row.last_position === null) {
    return { ok: false, reason: 'wrong_expected_revision', actual: revision < 0 ? 'no_stream' : revision };
  }
  return { ok: true, revision, position: BigInt(row.last_position) };
};
