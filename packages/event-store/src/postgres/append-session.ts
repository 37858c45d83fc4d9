import { type Client, escapeIdentifier } from 'pg';
import type { EncodedEvent } from '../encode.ts';
import { EventStoreUnavailable } from '../errors.ts';
import type { Appended, AppendResult, ExpectedRevision } from '../port.ts';
import { elementTypes, int4Array, int8Array, textArray, uuidArray } from './binary-array.ts';
import { sessionSurvives } from './errors.ts';
import { LeanQuery, type LeanRow } from './lean-query.ts';
import { destroySession, endSession, limits, openSession } from './session.ts';
import type { PostgresSettings } from './settings.ts';

export interface BatchedAppend {
  readonly stream: string;
  readonly expected: ExpectedRevision;
  readonly events: readonly EncodedEvent[];
}

/** Milliseconds. The server gives up before this process does, so the outcome is usually known. */
const answerTimeout = 8_500;
const sessionSettings = {
  ...limits(7_000, 5_000),
  // Lookups read the end of an index, where pages are new. Checking the visibility map would only add cost.
  enable_indexonlyscan: 'off',
};

/** The single connection that a process uses for appends. It is reopened after a loss. */
export class AppendSession {
  readonly #settings: PostgresSettings;
  readonly #many: string;
  readonly #one: string;
  #client: Client | undefined;

  constructor(settings: PostgresSettings) {
    this.#settings = settings;
    const schema = escapeIdentifier(settings.schema);
    this.#many = `select * from ${schema}.append($1, $2, $3, $4, $5, $6, $7, $8, $9)`;
    this.#one = `select ${schema}.append_one($1, $2, $3, $4, $5, $6)`;
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  /** Throws node-pg's errors; in that case nothing has been sent. */
  async connect(): Promise<void> {
    if (this.#client !== undefined) return;
    const client = await openSession(this.#settings, sessionSettings);
    client.once('error', () => this.#lose(client));
    client.once('end', () => this.#lose(client));
    this.#client = client;
  }

  /** One autocommitted statement. The server completes it by itself, so a stopped process holds no lock. Throws node-pg's errors. */
  async send(batch: readonly BatchedAppend[]): Promise<AppendResult[]> {
    const client = this.#client;
    if (client === undefined) throw new EventStoreUnavailable('the connection to Postgres was lost', false);
    const deadline = setTimeout(() => this.#lose(client), answerTimeout);
    try {
      const [only, ...others] = batch;
      const alone = only !== undefined && others.length === 0 ? await this.#sendOne(client, only) : undefined;
      if (alone !== undefined) return [alone];
      const rows = await ask(client, new LeanQuery('append', this.#many, parametersOf(batch)));
      return rows.map(toResult);
    } catch (error) {
      // Without an answer, or after the server announced that it is shutting down, the connection is unusable.
      if (!sessionSurvives(error)) this.#lose(client);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** The fast path for a single event. Undefined when it stored nothing and the full append must find out why. */
  async #sendOne(client: Client, { stream, expected, events }: BatchedAppend): Promise<Appended | undefined> {
    const [event, ...more] = events;
    if (event === undefined || more.length > 0) return undefined;
    const values = [stream, `${expectedNumber(expected)}`, event.id, event.type, event.data, event.metadata];
    const [row] = await ask(client, new LeanQuery('append_one', this.#one, values));
    // An array as text: {revision,position}.
    const [revision, position] = row?.[0]?.slice(1, -1).split(',') ?? [];
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

const ask = (client: Client, query: LeanQuery): Promise<LeanRow[]> => {
  client.query(query);
  return query.rows;
};

const toResult = ([outcome, lastRevision, position]: LeanRow): AppendResult => {
  const revision = Number(lastRevision);
  if (outcome === 'deleted') return { ok: false, reason: 'stream_deleted' };
  if (outcome === 'conflict' || position == null) {
    return { ok: false, reason: 'wrong_expected_revision', actual: revision < 0 ? 'no_stream' : revision };
  }
  return { ok: true, revision, position: BigInt(position) };
};
