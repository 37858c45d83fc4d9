import type { Command } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import type { Column } from '../output/table.ts';
import { calling } from '../session.ts';

interface Board {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly created_at: string;
}

const columns: readonly Column<Board>[] = [
  { head: 'BOARD', of: ({ id }) => id },
  { head: 'SLUG', of: ({ slug }) => slug },
  { head: 'CREATED', of: ({ created_at }) => created_at },
  { head: 'NAME', of: ({ name }) => name },
];

export const addBoards = (program: Command, context: Context): void => {
  const boards = program.command('boards').description('lists boards');
  calling(
    withPaging(boards.command('list').description('lists boards, newest first')),
    context,
    ['boards list', 'boards list --all --json'],
    (session, options: ListOptions) =>
      printList(session, pagesOf(session.client, routes.listBoards, {}, limitOf(options)), columns),
  );
};
