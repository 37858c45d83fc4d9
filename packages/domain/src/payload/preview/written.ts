import { cutEscaped, escapeJson } from '../escapes.ts';
import type { Value } from './structure.ts';

/** Lengths are in UTF-16 units. */
const shortestEnd = 24;
const longestEscape = 12;

/**
 * A scalar as JSON writes it, or its beginning and its end with a count between them. The count is outside the quotes, where no sender can
 * write. No escape and no surrogate pair is split.
 *
 * @param most characters to keep, roughly
 */
const shortened = (json: string, most: number): string => {
  if (json.length <= most) return json;
  const quote = json.startsWith('"') ? '"' : '';
  const inner = quote === '' ? json : json.slice(1, -1);
  const ending = most >= 4 * shortestEnd ? endingOf(inner, Math.floor(most / 4)) : '';
  const room = most - ending.length;
  const beginning = cutEscaped(inner.slice(0, room + longestEscape), room, 'json');
  const left = inner.length - beginning.length - ending.length;
  const count = `… ${left} characters …`;
  return `${quote}${beginning}${quote} ${count}${ending === '' ? '' : ` ${quote}${ending}${quote}`}`;
};

/** Not longer than `most`; empty if no place is found at which it surely splits nothing. */
const endingOf = (inner: string, most: number): string => {
  const first = inner.length - most;
  for (let at = first; at < first + 2 * longestEscape; at += 1) {
    const before = inner.slice(at - longestEscape, at);
    const unit = inner.charCodeAt(at);
    if (!before.includes('\\') && !(unit >= 0xdc00 && unit <= 0xdfff)) return inner.slice(at);
  }
  return '';
};

const longestName = 60;

const units = { object: ['member', 'members'], array: ['item', 'items'] } as const;

export const counted = (kind: 'object' | 'array', count: number): string =>
  `${count} ${units[kind][count === 1 ? 0 : 1]}`;

/** A value on one line: a scalar, shortened, or how large an object or array is. Escaped. */
export const inOneLine = (json: string, value: Value, most: number): string => {
  const { kind, size, start, end } = value;
  if (kind === 'scalar') return escapeJson(shortened(json.slice(start, end), most));
  const [open, close] = kind === 'object' ? '{}' : '[]';
  return size === 0
    ? `${open}${close}`
    : `${open}… ${counted(kind, size)}, ${end - start} characters${close}`;
};

/** `"name": `, or nothing for an item. Escaped. */
export const nameOfLine = (json: string, { name }: Value): string =>
  name === null ? '' : `${escapeJson(shortened(json.slice(...name), longestName))}: `;

const leastLength = 16;

/** The longest text that fits into `room`, as its values are shortened more and more; the shortest one if none fits. */
export const fitting = (room: number, write: (most: number) => string): string => {
  for (let most = room; ; most = Math.floor(most / 2)) {
    const text = write(most);
    if (text.length <= room || most < leastLength) return text;
  }
};
