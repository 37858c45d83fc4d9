type Result = 'hold' | 'fail' | 'skipped';

/** Counts the cases that hold, fail or are skipped, for each paragraph of the port. */
export class Tally {
  readonly #paragraphs = new Map<string, Record<Result, number>>();

  count(paragraph: string, result: Result): void {
    const counts = this.#paragraphs.get(paragraph) ?? { hold: 0, fail: 0, skipped: 0 };
    counts[result] += 1;
    this.#paragraphs.set(paragraph, counts);
  }

  table(): string {
    const line = (paragraph: string, cells: readonly (string | number)[]) =>
      `  ${paragraph.padEnd(16)}${cells.map((cell) => String(cell).padStart(8)).join('')}`;
    const rows = [...this.#paragraphs].map(([paragraph, { hold, fail, skipped }]) =>
      line(paragraph, [hold, fail, skipped]),
    );
    return [line('', ['hold', 'fail', 'skipped']), ...rows].join('\n');
  }
}
