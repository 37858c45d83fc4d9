import { type Command, Option } from 'commander';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { contentOf } from '../input/files.ts';
import { idsFrom, isId } from '../input/ids.ts';
import { positiveNumber } from '../input/numbers.ts';
import { printAnswer } from '../output/answer.ts';
import { jsonDocument } from '../output/list.ts';
import { calling } from '../session.ts';
import { finishReplay, type Replay, type WaitOptions, withWait } from './follow-replay.ts';
import { agentOption, reasonOption } from './redeliver-payload.ts';
import { type BoardOptions, boardIdOf, onBoard, webhookOption } from './scope.ts';
import { queryOf, type SetOptions, selecting } from './select-payloads.ts';

interface CreateOptions extends BoardOptions, SetOptions, WaitOptions {
  readonly webhook?: string;
  readonly statusReason?: string;
  readonly payload?: readonly string[];
  readonly payloadsFile?: string;
  readonly agent?: string;
  readonly reason: string;
  readonly rate?: number;
  readonly all?: true;
  readonly dryRun?: true;
}

export const addCreateReplay = (replays: Command, context: Context): void => {
  const create = onBoard(
    replays.command('create').description('starts a replay of the payloads that the options select'),
  ).addOption(webhookOption('only payloads of this webhook (default: of the whole board)'));
  calling(
    withWait(selecting(create))
      .option(
        '--status-reason <code>',
        'only with this reason of the status, for example gateway_unavailable',
      )
      .addOption(new Option('--payload <id>', 'this payload; may be repeated').argParser(idsFrom))
      .option('--payloads-file <file>', 'a file with ids of payloads, one per line; - for standard input')
      .option('--all', 'all payloads, instead of options that select some')
      .addOption(reasonOption())
      .addOption(agentOption())
      .addOption(
        new Option('--rate <n>', 'payloads per second at most, 0.01 to 200 (default: 10)').argParser(
          positiveNumber,
        ),
      )
      .addOption(
        new Option('--dry-run', 'change nothing; show how many payloads it would be').conflicts('wait'),
      )
      .addOption(jsonDocument()),
    context,
    [
      'replays create --board releases --since 6h --status failed --reason "the agents were offline" --dry-run',
      'replays create --board releases --since 6h --status failed --reason "the agents were offline" --rate 20 --wait',
      'replays create --board releases --payloads-file ids.txt --reason "asked for by the customer"',
    ],
    async (session, options: CreateOptions) => {
      const board_id = await boardIdOf(session, options);
      const body = await bodyOf(context, options);
      const text =
        options.webhook === undefined
          ? await session.client.text(routes.createBoardReplay, { ids: { board_id }, body })
          : await session.client.text(routes.createWebhookReplay, {
              ids: { board_id, webhook_id: options.webhook },
              body,
            });
      if (!options.wait) return printAnswer(session, text);
      const { id: replay_id } = JSON.parse(text) as Replay;
      await finishReplay(session, { board_id, replay_id });
    },
  );
};

const bodyOf = async (context: Context, options: CreateOptions): Promise<object> => {
  const ids = await payloadIdsOf(context, options);
  const criteria = { ...queryOf(options), status_reason: options.statusReason };
  const set = Object.entries(criteria).filter(([, value]) => value !== undefined);
  const isSelective = ids !== null || set.length > 0;
  if (!options.all && !isSelective)
    throw new CommandFailed('usage', 'no_selection', 'Select payloads by an option, or pass --all.');
  if (options.all && isSelective)
    throw new CommandFailed(
      'usage',
      'two_selections',
      '--all cannot be given with options that select payloads.',
    );
  return {
    ...Object.fromEntries(set),
    ...(ids && { payload_ids: ids }),
    ...(options.agent && { agent_id: options.agent }),
    reason: options.reason,
    ...(options.dryRun && { dry_run: true }),
    ...(options.rate !== undefined && { rate: options.rate }),
  };
};

const payloadIdsOf = async (
  context: Context,
  { payload, payloadsFile }: CreateOptions,
): Promise<readonly string[] | null> => {
  if (payloadsFile === undefined) return payload ?? null;
  const lines = (await contentOf(context, payloadsFile)).split('\n').map((line) => line.trim().toLowerCase());
  const wrong = lines.findIndex((line) => line !== '' && !isId(line));
  if (wrong >= 0)
    throw new CommandFailed('usage', 'bad_file', `Line ${wrong + 1} of ${payloadsFile} is not an id.`);
  return [...(payload ?? []), ...lines.filter((line) => line !== '')];
};
