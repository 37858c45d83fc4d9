import { expect, it } from 'vitest';
import { detailsOf, tableOf } from './table.ts';

interface Row {
  readonly id: string;
  readonly text: string | null;
}
const columns = [
  { head: 'ID', of: ({ id }: Row) => id },
  { head: 'TEXT', of: ({ text }: Row) => text },
];

it('a table has its head once, and columns stay where they are from page to page', () => {
  const page = tableOf(columns);
  expect(page([{ id: 'long-id', text: 'a' }])).toBe('ID       TEXT\nlong-id  a\n');
  expect(page([{ id: 'b', text: null }])).toBe('b        -\n');
});

it('wide characters take two places', () => {
  expect(
    tableOf(columns)([
      { id: '鍵', text: 'x' },
      { id: 'abc', text: 'y' },
    ]),
  ).toBe('ID   TEXT\n鍵   x\nabc  y\n');
});

it('the last column is cut to the terminal, between characters; elsewhere nothing is cut', () => {
  const rows = [{ id: 'a', text: '👍🏽鍵鍵鍵鍵鍵' }];
  expect(tableOf(columns, 12)(rows)).toBe('ID  TEXT\na   👍🏽鍵鍵…\n');
  expect(tableOf(columns)(rows)).toBe('ID  TEXT\na   👍🏽鍵鍵鍵鍵鍵\n');
});

it('a text from outside stays in its cell, wherever the table goes', () => {
  const text = 'a\nb\u001b[2Jc\u202ed';
  const shown = 'a\\u000ab\\u001b[2Jc\\u202ed';
  expect(tableOf(columns)([{ id: '1', text }])).toBe(`ID  TEXT\n1   ${shown}\n`);
  expect(detailsOf([['text', text]])).toBe(`text  ${shown}\n`);
});
