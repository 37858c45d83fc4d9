import { type Command, Option } from 'commander';
import type { Page } from '../api/pages.ts';
import type { Context } from '../context.ts';
import { numberFrom } from '../input/numbers.ts';
import { type Column, tableOf } from './table.ts';
import { countOf } from './texts.ts';
import { say, writeText } from './write.ts';

export interface ListOptions {
  readonly limit: number;
  readonly all?: true;
}

export const jsonLines = () => new Option('--json', 'print one JSON object per line (NDJSON)');
export const jsonDocument = () => new Option('--json', 'print the answer of the API as JSON');

/** Options of every list that has pages. */
export const withPaging = (command: Command): Command =>
  command
    .addOption(new Option('--limit <n>', 'how many at most').argParser(numberFrom(1, 1e9)).default(50))
    .addOption(new Option('--all', 'all of them, however many').conflicts('limit'))
    .addOption(jsonLines());

export const limitOf = ({ limit, all }: ListOptions): number => (all ? Number.POSITIVE_INFINITY : limit);

interface Printing {
  readonly context: Context;
  readonly json: boolean;
}

/** Prints one page after another: a table for people, or the items as the system wrote them, one per line. */
export const printerOf = <T>(
  { context, json }: Printing,
  columns: readonly Column<T>[],
): ((page: Page) => Promise<void>) => {
  const table = tableOf(columns, context.stdout.isTTY ? context.stdout.columns : undefined);
  return async ({ items }) => {
    if (json) for (const item of items) await writeText(context, `${item}\n`);
    else await writeText(context, table(items.map((item) => JSON.parse(item) as T)));
  };
};

/** Prints a list page by page. */
export const printList = async <T>(
  { context, json }: Printing,
  pages: AsyncIterable<Page> | Iterable<Page>,
  columns: readonly Column<T>[],
): Promise<void> => {
  const print = printerOf({ context, json }, columns);
  let shown = 0;
  let last: Page | null = null;
  for await (const page of pages) {
    shown += page.items.length;
    last = page;
    await print(page);
  }
  if (json || !last?.next) return;
  say(
    context,
    `${countOf(shown)}${last.total === null ? '' : ` of ${countOf(last.total)}`} shown; --all shows all.`,
  );
};
