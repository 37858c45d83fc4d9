import { Argument, type Command } from 'commander';
import { everySecond } from '../api/every-second.ts';
import { wholeList } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { nameFrom } from '../input/ids.ts';
import { printAnswer } from '../output/answer.ts';
import { jsonDocument, jsonLines, printList } from '../output/list.ts';
import { progressOf } from '../output/progress.ts';
import type { Column } from '../output/table.ts';
import { countOf, durationOf, percentOf } from '../output/texts.ts';
import { say } from '../output/write.ts';
import { calling, type Session } from '../session.ts';
import { type WaitOptions, withWait } from './follow-replay.ts';

interface Rebuild {
  readonly build: number;
  /** From 0 to 1. */
  readonly progress: number;
  readonly events_per_second: number | null;
  readonly seconds_left: number | null;
  /** Why it does not get on. */
  readonly problem: string | null;
}

interface Projection {
  readonly name: string;
  readonly version: number;
  readonly build: number;
  readonly state: string;
  readonly lag_events: number | null;
  readonly lag_seconds: number | null;
  readonly rebuild: Rebuild | null;
}

const columns: readonly Column<Projection>[] = [
  { head: 'PROJECTION', of: ({ name }) => name },
  { head: 'VERSION', of: ({ version }) => version },
  { head: 'BUILD', of: ({ build }) => build },
  { head: 'STATE', of: ({ state }) => state },
  { head: 'LAG EVENTS', of: ({ lag_events }) => (lag_events === null ? null : countOf(lag_events)) },
  { head: 'LAG', of: ({ lag_seconds }) => (lag_seconds === null ? null : durationOf(lag_seconds)) },
  {
    head: 'REBUILD',
    of: ({ rebuild }) => rebuild && `${percentOf(rebuild.progress)} ${noteOf(rebuild)}`.trim(),
  },
];

const noteOf = ({ events_per_second, seconds_left, problem }: Rebuild): string =>
  [
    ...(problem ? [problem] : []),
    ...(events_per_second ? [`${countOf(Math.round(events_per_second))} events/s`] : []),
    ...(seconds_left === null ? [] : [`${durationOf(seconds_left)} left`]),
  ].join(', ');

const nameArgument = () => new Argument('<name>', 'name of the projection').argParser(nameFrom);

export const addProjections = (program: Command, context: Context): void => {
  const projections = program.command('projections').description('lists and rebuilds the read models');

  calling(
    projections
      .command('list')
      .description('shows each projection: version, build, state, how far it is behind, and its rebuild')
      .addOption(jsonLines()),
    context,
    ['projections list'],
    async (session) => printList(session, [await wholeList(session.client, routes.listProjections)], columns),
  );

  calling(
    withWait(
      projections
        .command('rebuild')
        .description(
          'makes the rows again from the first event, beside those that are read, and then switches',
        ),
    )
      .addArgument(nameArgument())
      .addOption(jsonDocument()),
    context,
    ['projections rebuild payloads', 'projections rebuild payloads --wait'],
    async (session, options: WaitOptions, name = '') => {
      const text = await session.client.text(routes.rebuildProjection, { ids: { name } });
      const { rebuild } = JSON.parse(text) as Projection;
      if (!options.wait || rebuild === null) return printAnswer(session, text);
      await finishRebuild(session, name, rebuild.build);
    },
  );

  calling(
    projections
      .command('cancel')
      .description('cancels the rebuild of a projection; reading goes on as before')
      .addArgument(nameArgument())
      .addOption(jsonDocument()),
    context,
    ['projections cancel payloads'],
    async (session, _: object, name = '') =>
      printAnswer(session, await session.client.text(routes.cancelRebuild, { ids: { name } }), 'Cancelled.'),
  );
};

/** Waits until the build is read, and prints the projection. @throws CommandFailed if it ended otherwise */
const finishRebuild = async (session: Session, name: string, build: number): Promise<void> => {
  const { context } = session;
  const progress = progressOf(context, `Rebuild of ${name}`);
  let isMissing = false;
  try {
    for await (const text of everySecond(session, () => projectionOf(session, name))) {
      const { rebuild, build: live } = JSON.parse(text) as Projection;
      if (live >= build) {
        progress.at(100, 100);
        progress.end();
        return await printAnswer(session, text);
      }
      if (rebuild?.build !== build) {
        // Between the end of a rebuild and the switch, it is neither running nor read.
        if (isMissing)
          throw new CommandFailed('failed', 'rebuild_cancelled', `The rebuild of ${name} was cancelled.`);
        isMissing = true;
        continue;
      }
      progress.at(Math.floor(rebuild.progress * 100), 100, noteOf(rebuild));
    }
  } finally {
    progress.end();
    if (context.signal.aborted) say(context, `The rebuild goes on. mcw projections cancel ${name} ends it.`);
  }
};

const projectionOf = async ({ client }: Session, name: string): Promise<string> => {
  const { items } = await wholeList(client, routes.listProjections);
  const text = items.find((item) => (JSON.parse(item) as Projection).name === name);
  if (text === undefined)
    throw new CommandFailed('notFound', 'projection_not_found', `There is no projection ${name}.`);
  return text;
};
