/**
 * The rows of one table that a batch touches: read once, changed in memory event by event, and written back once. Rows are
 * replaced, never changed in place.
 */
export class ChangedRows<Row extends object> {
  readonly #rows: Map<string, Row>;
  readonly #idOf: (row: Row) => string;
  readonly #touched = new Set<string>();

  constructor(stored: readonly Row[], idOf: (row: Row) => string) {
    this.#rows = new Map(stored.map((row) => [idOf(row), row]));
    this.#idOf = idOf;
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  put(row: Row): void {
    const id = this.#idOf(row);
    this.#rows.set(id, row);
    this.#touched.add(id);
  }

  remove(id: string): void {
    this.#rows.delete(id);
    this.#touched.add(id);
  }

  /** Rows to insert or replace. */
  get written(): Row[] {
    return [...this.#touched].flatMap((id) => this.#rows.get(id) ?? []);
  }

  /** Ids of rows to delete, if they exist. */
  get removed(): string[] {
    return [...this.#touched].filter((id) => !this.#rows.has(id));
  }
}
