import { Argument, type Command } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { idFrom } from '../input/ids.ts';
import { printAnswer } from '../output/answer.ts';
import { jsonDocument, jsonLines, type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import { calling } from '../session.ts';
import {
  type EventOptions,
  eventColumns,
  eventQueryOf,
  selectingEvents,
  sinceOption,
} from './audit-events.ts';
import { tailEvents } from './tail-events.ts';

/** Adds the commands that read events over the API to those that work on event stores. */
export const addEvents = (events: Command, context: Context): void => {
  calling(
    withPaging(
      selectingEvents(
        events.command('list').description('lists recorded events, oldest first, without content'),
      ),
    ).addOption(sinceOption('recorded then or later: ISO-8601, or how long ago (2h)')),
    context,
    [
      'events list --type WebhookUpdated --since 30d',
      'events list --resource webhook:<webhook-id> --all --json',
    ],
    async (session, options: EventOptions & ListOptions) => {
      const query = { ...eventQueryOf(options), since: options.since };
      const pages = pagesOf(session.client, routes.listAuditEvents, { query }, limitOf(options));
      await printList(session, pages, eventColumns);
    },
  );

  calling(
    selectingEvents(
      events.command('tail').description('shows events as they are recorded, until Ctrl-C ends it'),
    )
      .addOption(sinceOption('begin with what was recorded then (default: now)'))
      .addOption(jsonLines()),
    context,
    [
      'events tail',
      'events tail --actor admin --since 1h',
      'events tail --resource payload:<payload-id> --json',
    ],
    (session, options: EventOptions) => tailEvents(session, options),
  );

  calling(
    events
      .command('show')
      .description('shows an event and what it says, without secrets')
      .addArgument(new Argument('<event>', 'id of the event').argParser(idFrom))
      .addOption(jsonDocument()),
    context,
    ['events show <event-id>'],
    async (session, _: object, event_id = '') =>
      printAnswer(session, await session.client.text(routes.showAuditEvent, { ids: { event_id } })),
  );
};
