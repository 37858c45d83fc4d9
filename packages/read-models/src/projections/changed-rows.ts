/**
 * The rows of one table that a batch touches: read once, changed in memory event by event, and written back once. Rows are
 * replaced, never changed in place.
 */
export class ChangedRows<Row extends { readonly id: string }> {
  readonly #rows: Map<string, Row>;
  readonly #touched = new Set<string>();

  constructor(stored: readonly Row[]) {
    this.#rows = new Map(stored.map((row) => [row.id, row]));
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  put(row: Row): void {
    this.#rows.set(row.id, row);
    this.#touched.add(row.id);
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
