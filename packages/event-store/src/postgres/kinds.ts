import type { EventFilter } from '../port.ts';
import type { ReadPool } from './read-pool.ts';

interface Kind {
  readonly category: string;
  readonly type: string;
}

/** The kinds of events that the log knows: few, and never changed. They are read when an unknown one appears. */
export class Kinds {
  readonly #pool: ReadPool;
  readonly #quotedSchema: string;
  readonly #known = new Map<number, Kind>();

  constructor(pool: ReadPool, quotedSchema: string) {
    this.#pool = pool;
    this.#quotedSchema = quotedSchema;
  }

  /** Those of the given kinds, by default of all, whose events may pass one of the filters. */
  async thatMayPass(filters: readonly EventFilter[], among?: ReadonlySet<number>): Promise<number[]> {
    if (among === undefined || ![...among].every((id) => this.#known.has(id))) await this.#read();
    const passing: number[] = [];
    for (const id of among ?? this.#known.keys()) {
      const kind = this.#known.get(id);
      if (kind === undefined || filters.some((filter) => mayPass(filter, kind))) passing.push(id);
    }
    return passing;
  }

  /** Another server may answer from now on. */
  forget(): void {
    this.#known.clear();
  }

  async #read(): Promise<void> {
    const rows = await this.#pool.query<Kind & { id: number }>(
      'kinds',
      `select id, category, type from ${this.#quotedSchema}.kinds`,
      [],
    );
    for (const { id, category, type } of rows) this.#known.set(id, { category, type });
  }
}

/** As in the SQL function `kinds_of`: a prefix may end within the category or behind it. */
const mayPass = ({ streamPrefixes, types }: EventFilter, { category, type }: Kind): boolean =>
  (types === undefined || types.includes(type)) &&
  (streamPrefixes === undefined ||
    streamPrefixes.some((prefix) => category.startsWith(prefix) || prefix.startsWith(category)));
