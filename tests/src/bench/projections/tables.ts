import { join } from 'node:path';
import pg from 'pg';
import { measuredProjections } from './projector.ts';

/** Tables of other projections, of migrations and of the installation. Everything else belongs to the measured projections. */
const others =
  '^(agents|boards|board_webhooks|openclaw_gateways|installation|projection_.*|read_model_.*|rejections_.*|webhook_rejections)$';

/** The tables of the measured projections. */
export class MeasuredTables {
  readonly #client: pg.Client;
  readonly #files = new Map<string, string>();

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async open(databaseUrl: string): Promise<MeasuredTables> {
    const client = new pg.Client({ connectionString: databaseUrl });
    // After a failure the server is stopped before this connection, and the failure is what matters.
    client.on('error', () => {});
    await client.connect();
    return new MeasuredTables(client);
  }

  /** Empties the tables and forgets the checkpoints, so that the next projector starts from the first event. */
  async empty(): Promise<void> {
    await this.#client.query(`truncate ${await this.#names()}`);
    await this.#client.query('delete from projection_checkpoints where projection = any($1)', [
      measuredProjections,
    ]);
    await this.#client.query('checkpoint');
  }

  /** Writes the rows to files in the server's data directory, for `load`. */
  async keepRows(): Promise<void> {
    const { rows } = await this.#client.query<{ folder: string }>(
      `select current_setting('data_directory') as folder`,
    );
    for (const name of await this.#names()) {
      const file = join(rows[0]?.folder ?? '', `bench-${name}`);
      await this.#client.query(`copy ${name} to '${file}'`);
      this.#files.set(name, file);
    }
  }

  /** Loads the kept rows into the empty tables by COPY, with all indexes in place. Resolves to the seconds that it took. */
  async load(): Promise<number> {
    const startedAt = performance.now();
    for (const [name, file] of this.#files) await this.#client.query(`copy ${name} from '${file}'`);
    return (performance.now() - startedAt) / 1000;
  }

  /** Bytes of write-ahead log since the server's start. */
  async walBytes(): Promise<number> {
    const { rows } = await this.#client.query<{ bytes: string }>(
      `select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0') as bytes`,
    );
    return Number(rows[0]?.bytes);
  }

  async #names(): Promise<string[]> {
    const { rows } = await this.#client.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename !~ $1 order by name`,
      [others],
    );
    return rows.map(({ name }) => name);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}
