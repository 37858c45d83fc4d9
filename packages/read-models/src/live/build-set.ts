import type pg from 'pg';
import { openPool, sessionSettingsOf, setSession } from '../open.ts';

/** The builds that requests read together: one of each projection. */
export interface ChosenBuild {
  readonly projection: string;
  readonly build: number;
  readonly checkpoint: string;
  /** null: the main schema. */
  readonly schema: string | null;
}

/** Names the set; equal for equal sets. */
export const keyOf = (builds: readonly ChosenBuild[]): string =>
  builds
    .map(({ checkpoint }) => checkpoint)
    .toSorted()
    .join(' ');

/**
 * The connections that read one set of builds. States: `open`; `retired` (another set has taken its place; it serves the requests that
 * began with it); `closed` (the last of them has ended).
 */
export class BuildSet {
  readonly builds: readonly ChosenBuild[];
  readonly #pool: pg.Pool;
  readonly #settings: string;
  readonly #ready = new WeakSet<pg.PoolClient>();
  readonly #closed = Promise.withResolvers<void>();
  #pins = 0;
  #isRetired = false;

  /** @param main the schema of what has no builds */
  constructor(
    databaseUrl: string,
    options: { name?: string; connections?: number },
    main: string,
    builds: readonly ChosenBuild[],
  ) {
    this.builds = builds;
    this.#pool = openPool(databaseUrl, options);
    const schemas = builds.flatMap(({ schema }) => schema ?? []);
    this.#settings = sessionSettingsOf('queries', [...schemas, main]);
  }

  async connect(): Promise<pg.PoolClient> {
    const client = await this.#pool.connect();
    if (this.#ready.has(client)) return client;
    try {
      await client.query(setSession, [this.#settings]);
      this.#ready.add(client);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  pin(): void {
    this.#pins += 1;
  }

  unpin(): void {
    this.#pins -= 1;
    this.#closeUnused();
  }

  /** Resolves when nothing reads the set any more, and its connections are closed. */
  retire(): Promise<void> {
    this.#isRetired = true;
    this.#closeUnused();
    return this.#closed.promise;
  }

  #closeUnused(): void {
    if (this.#isRetired && this.#pins === 0 && !this.#pool.ending)
      this.#pool.end().then(this.#closed.resolve, this.#closed.resolve as () => void);
  }
}
