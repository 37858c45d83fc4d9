import { Argument, type Command } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { type Route, routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { boardFrom, idFrom } from '../input/ids.ts';
import { pointFrom } from '../input/points.ts';
import { printAnswer } from '../output/answer.ts';
import { type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import type { Column } from '../output/table.ts';
import { say } from '../output/write.ts';
import { calling, type Session } from '../session.ts';
import { printPayload } from './print-payload.ts';
import { boardIdOf, boardOption, webhookOption } from './scope.ts';

interface Kind {
  readonly one: Route;
  /** null: there is no list as of a date. */
  readonly many: Route | null;
  /** The options that its path needs. */
  readonly needs: readonly ('board' | 'webhook')[];
}

const kinds = {
  board: { one: routes.showBoard, many: routes.listBoards, needs: [] },
  agent: { one: routes.showAgent, many: routes.listAgents, needs: [] },
  gateway: { one: routes.showGateway, many: routes.listGateways, needs: [] },
  webhook: { one: routes.showWebhook, many: routes.listWebhooks, needs: ['board'] },
  payload: { one: routes.showPayload, many: null, needs: ['board', 'webhook'] },
} as const satisfies Record<string, Kind>;
type KindName = keyof typeof kinds;

interface AsOfOptions extends ListOptions {
  readonly board?: string;
  readonly webhook?: string;
}

interface Item {
  readonly id: string;
  readonly name?: string;
  readonly description?: string;
  readonly created_at: string;
}

const columns: readonly Column<Item>[] = [
  { head: 'ID', of: ({ id }) => id },
  { head: 'CREATED', of: ({ created_at }) => created_at },
  { head: 'NAME', of: ({ name, description }) => name ?? description },
];

export const addAsOf = (program: Command, context: Context): void => {
  calling(
    withPaging(
      program
        .command('as-of')
        .description(
          'shows what a board, agent, OpenClaw gateway, webhook or payload was at a time, or lists what there was',
        )
        .addArgument(
          new Argument(
            '<point>',
            'ISO-8601, how long ago (2h), or a position of the log (<incarnation>:<number>)',
          ).argParser(pointFrom),
        )
        .addArgument(new Argument('<kind>', 'what to show').choices(Object.keys(kinds)))
        .addArgument(new Argument('[id]', 'its id; without one, all are listed').argParser(boardFrom)),
    )
      .addOption(boardOption('id or slug of the board, for webhooks, payloads and the agents of one board'))
      .addOption(webhookOption('id of the webhook, for payloads').env('MCW_WEBHOOK')),
    context,
    [
      'as-of 2026-11-28T09:30:00Z board releases',
      'as-of 30d webhook <webhook-id> --board releases',
      'as-of 2026-11-28 webhook --board releases --all --json',
      'as-of 2h payload <payload-id> --board releases --webhook <webhook-id>',
    ],
    async (session, options: AsOfOptions, point = '', kind = '', id?: string) => {
      const name = kind as KindName;
      const call = { as_of: point, ids: await idsOf(session, name, options) };
      if (id === undefined) return listAll(session, name, options, call);
      await showOne(session, name, id, call);
    },
  );
};

interface Call {
  readonly as_of: string;
  readonly ids: Readonly<Record<string, string>>;
}

/** @throws CommandFailed when an option is missing that the path needs */
const idsOf = async (
  session: Session,
  kind: KindName,
  { board, webhook }: AsOfOptions,
): Promise<Record<string, string>> => {
  const needs: Kind['needs'] = kinds[kind].needs;
  const given = { board, webhook };
  for (const option of needs)
    if (given[option] === undefined)
      throw new CommandFailed('usage', `no_${option}`, `A ${kind} needs --${option}.`);
  return {
    ...(needs.includes('board') && board && { board_id: await boardIdOf(session, { board }) }),
    ...(needs.includes('webhook') && webhook && { webhook_id: webhook }),
  };
};

const listAll = async (session: Session, kind: KindName, options: AsOfOptions, { as_of, ids }: Call) => {
  const { many } = kinds[kind];
  if (many === null) throw new CommandFailed('usage', 'no_id', `A ${kind} needs its id.`);
  const { board } = options;
  const ofBoard = kind === 'agent' && board ? { board_id: await boardIdOf(session, { board }) } : {};
  const pages = pagesOf(session.client, many, { ids, query: { as_of, ...ofBoard } }, limitOf(options));
  await printList(session, pages, columns);
};

/** Says on standard error which event the state is as of, so that the same can be asked for again. */
const showOne = async (session: Session, kind: KindName, id: string, { as_of, ids }: Call) => {
  const own = kind === 'board' ? await boardIdOf(session, { board: id }) : idOf(id);
  const call = { ids: { ...ids, [`${kind}_id`]: own }, query: { as_of } };
  const response = await session.client.open(kinds[kind].one, call);
  const text = await session.client.bodyOf(response);
  if (kind === 'payload') await printPayload(session, text);
  else await printAnswer(session, text);
  const position = response.headers.get('x-as-of');
  if (position !== null) say(session.context, `As of ${position}.`);
};

const idOf = (text: string): string => {
  try {
    return idFrom(text);
  } catch {
    throw new CommandFailed('usage', 'bad_id', `${text} is not an id (a UUID).`);
  }
};
