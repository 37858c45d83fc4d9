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

/** Prints a list page by page: a table for people, or the items as the system wrote them, one per line. */
export const printList = async <T>(
  { context, json }: { readonly context: Context; readonly json: boolean },
  pages: AsyncIterable<Page> | Iterable<Page>,
  columns: readonly Column<T>[],
): Promise<void> => {
  const table = tableOf(columns, context.stdout.isTTY ? context.stdout.columns : undefined);
  let shown = 0;
  let last: Page | null = null;
  for await (const page of pages) {
    shown += page.items.length;
    last = page;
    if (json) for (const item of page.items) await writeText(context, `${item}\n`);
    else await writeText(context, table(page.items.map((item) => JSON.parse(item) as T)));
  }
  if (json || !last?.next) return;
  say(
    context,
    `${countOf(shown)}${last.total === null ? '' : ` of ${countOf(last.total)}`} shown; --all shows all.`,
  );
};
