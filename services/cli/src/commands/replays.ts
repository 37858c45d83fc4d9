import { Argument, type Command, Option } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { idFrom } from '../input/ids.ts';
import { printAnswer } from '../output/answer.ts';
import { jsonDocument, type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import type { Column } from '../output/table.ts';
import { calling } from '../session.ts';
import { addCreateReplay } from './create-replay.ts';
import { finishReplay, type Replay, type WaitOptions, withWait } from './follow-replay.ts';
import { type BoardOptions, boardIdOf, onBoard, webhookOption } from './scope.ts';

const columns: readonly Column<Replay>[] = [
  { head: 'REPLAY', of: ({ id }) => id },
  { head: 'STATE', of: ({ state }) => state },
  { head: 'TOTAL', of: ({ total }) => total },
  { head: 'DONE', of: ({ done }) => done },
  { head: 'FAILED', of: ({ failed }) => failed },
  { head: 'SKIPPED', of: ({ skipped }) => skipped },
  { head: 'REASON', of: ({ reason }) => reason },
];

interface ReplaysOptions extends BoardOptions, ListOptions {
  readonly webhook?: string;
  readonly state?: string;
}

interface Item {
  readonly payload_id: string;
  readonly state: string;
  readonly reason?: string | null;
}

const itemColumns: readonly Column<Item>[] = [
  { head: 'PAYLOAD', of: ({ payload_id }) => payload_id },
  { head: 'STATE', of: ({ state }) => state },
  { head: 'REASON', of: ({ reason }) => reason },
];

const replayArgument = () => new Argument('<replay>', 'id of the replay').argParser(idFrom);
const anyReplay = '<replay-id>';

/** What `replays <verb> <replay>` sends. */
const changes = {
  pause: {
    description: 'pauses a replay: nothing more is sent until it is resumed',
    body: { state: 'paused' },
  },
  resume: { description: 'resumes a replay that was paused', body: { state: 'running' } },
} as const;

export const addReplays = (program: Command, context: Context): void => {
  const replays = program
    .command('replays')
    .description('tells agents about a set of payloads again, as a job that is tracked');

  addCreateReplay(replays, context);

  calling(
    withPaging(onBoard(replays.command('list').description('lists replays, newest first')))
      .addOption(webhookOption('only the replays of this webhook'))
      .addOption(
        new Option('--state <state>', 'only in this state').choices([
          'running',
          'paused',
          'cancelled',
          'completed',
        ]),
      ),
    context,
    ['replays list --board releases'],
    async (session, options: ReplaysOptions) => {
      const board_id = await boardIdOf(session, options);
      const { webhook } = options;
      const [route, ids] =
        webhook === undefined
          ? [routes.listBoardReplays, { board_id }]
          : [routes.listWebhookReplays, { board_id, webhook_id: webhook }];
      const call = { ids, query: { state: options.state } };
      await printList(session, pagesOf(session.client, route, call, limitOf(options)), columns);
    },
  );

  calling(
    withWait(onBoard(replays.command('show').description('shows how far a replay is')))
      .addArgument(replayArgument())
      .addOption(jsonDocument()),
    context,
    [`replays show --board releases ${anyReplay}`, `replays show --board releases ${anyReplay} --wait`],
    async (session, options: BoardOptions & WaitOptions, replay_id = '') => {
      const ids = { board_id: await boardIdOf(session, options), replay_id };
      if (options.wait) return finishReplay(session, ids);
      await printAnswer(session, await session.client.text(routes.showReplay, { ids }));
    },
  );

  for (const [verb, { description, body }] of Object.entries(changes))
    calling(
      onBoard(replays.command(verb).description(description))
        .addArgument(replayArgument())
        .addOption(jsonDocument()),
      context,
      [`replays ${verb} --board releases ${anyReplay}`],
      async (session, options: BoardOptions, replay_id = '') => {
        const ids = { board_id: await boardIdOf(session, options), replay_id };
        await printAnswer(session, await session.client.text(routes.changeReplay, { ids, body }));
      },
    );

  calling(
    onBoard(
      replays.command('cancel').description('cancels a replay; messages that were sent are not recalled'),
    )
      .addArgument(replayArgument())
      .addOption(jsonDocument()),
    context,
    [`replays cancel --board releases ${anyReplay}`],
    async (session, options: BoardOptions, replay_id = '') => {
      const ids = { board_id: await boardIdOf(session, options), replay_id };
      await printAnswer(session, await session.client.text(routes.cancelReplay, { ids }), 'Cancelled.');
    },
  );

  addItems(replays, context);
};

const addItems = (replays: Command, context: Context): void => {
  calling(
    withPaging(
      onBoard(
        replays
          .command('items')
          .description('lists the payloads of a replay that failed or were skipped, with the reason'),
      ),
    )
      .addArgument(replayArgument())
      .addOption(new Option('--state <state>', 'only items in this state').choices(['failed', 'skipped'])),
    context,
    [`replays items --board releases ${anyReplay} --state failed`],
    async (session, options: BoardOptions & ListOptions & { readonly state?: string }, replay_id = '') => {
      const ids = { board_id: await boardIdOf(session, options), replay_id };
      const call = { ids, query: { state: options.state } };
      await printList(
        session,
        pagesOf(session.client, routes.listReplayItems, call, limitOf(options)),
        itemColumns,
      );
    },
  );
};
