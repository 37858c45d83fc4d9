import { escapeUnsafe } from '@mission-control/runtime';
import stringWidth from 'string-width';

export interface Column<T> {
  readonly head: string;
  readonly of: (row: T) => unknown;
}

const gap = '  ';

const cellOf = (value: unknown): string =>
  value === null || value === undefined || value === '' ? '-' : escapeUnsafe(String(value));

const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/**
 * Lays out rows in columns, page by page. A page is at least as wide as the one before, so that columns stay where they are.
 *
 * @param room the width of the terminal, which the last column is cut to; undefined: nothing is cut
 */
export const tableOf = <T>(
  columns: readonly Column<T>[],
  room?: number,
): ((rows: readonly T[]) => string) => {
  const widths = columns.map(({ head }) => head.length);
  let hasHead = false;
  return (rows) => {
    const cells = rows.map((row) => columns.map(({ of }) => cellOf(of(row))));
    for (const row of cells)
      row.forEach((text, n) => {
        widths[n] = Math.max(widths[n] ?? 0, stringWidth(text));
      });
    const heads = hasHead ? [] : [columns.map(({ head }) => head)];
    hasHead = true;
    return [...heads, ...cells].map((row) => `${lineOf(row, widths, room)}\n`).join('');
  };
};

const lineOf = (row: readonly string[], widths: readonly number[], room?: number): string => {
  const last = row.length - 1;
  const before = row.slice(0, last).map((text, n) => padded(text, widths[n] ?? 0) + gap);
  const left = room === undefined ? Infinity : Math.max(8, room - stringWidth(before.join('')));
  return before.join('') + shortened(row[last] ?? '', left);
};

const shortened = (text: string, room: number): string => {
  if (stringWidth(text) <= room) return text;
  let kept = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(kept + segment) >= room) break;
    kept += segment;
  }
  return `${kept}…`;
};

/** Names and values below each other. */
export const detailsOf = (rows: readonly (readonly [string, unknown])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}${gap}${cellOf(value)}\n`).join('');
};
