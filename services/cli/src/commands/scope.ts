import { type Command, Option } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import { boardFrom, idFrom, isId } from '../input/ids.ts';
import type { Session } from '../session.ts';

export interface BoardOptions {
  readonly board: string;
}

export interface WebhookOptions extends BoardOptions {
  readonly webhook: string;
}

export const onBoard = (command: Command): Command =>
  command.addOption(boardOption('id or slug of the board').makeOptionMandatory());

export const boardOption = (description: string): Option =>
  new Option('--board <board>', description).env('MCW_BOARD').argParser(boardFrom);

export const onWebhook = (command: Command): Command =>
  onBoard(command).addOption(webhookOption('id of the webhook').env('MCW_WEBHOOK').makeOptionMandatory());

export const webhookOption = (description: string): Option =>
  new Option('--webhook <id>', description).argParser(idFrom);

/** The id of the board, which may be given by its slug. */
export const boardIdOf = async (
  { client }: Pick<Session, 'client'>,
  { board }: BoardOptions,
): Promise<string> => {
  if (isId(board)) return board.toLowerCase();
  for await (const { items } of pagesOf(client, routes.listBoards, {}, Number.POSITIVE_INFINITY)) {
    const found = items
      .map((item) => JSON.parse(item) as { id: string; slug: string })
      .find(({ slug }) => slug === board);
    if (found) return found.id;
  }
  throw new CommandFailed('notFound', 'board_not_found', `No board has the slug ${board}.`);
};

export const webhookIdsOf = async (session: Pick<Session, 'client'>, options: WebhookOptions) => ({
  board_id: await boardIdOf(session, options),
  webhook_id: options.webhook,
});
