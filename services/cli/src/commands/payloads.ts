import type { Command } from 'commander';
import { pageOfPayloads, pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { jsonDocument, type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import type { Column } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import { calling } from '../session.ts';
import { addDeletePayload } from './delete-payload.ts';
import { type Payload, printPayload } from './print-payload.ts';
import { addRawPayload } from './raw-payload.ts';
import { addRedeliverPayload } from './redeliver-payload.ts';
import { onWebhook, type WebhookOptions, webhookIdsOf } from './scope.ts';
import { payloadArgument, queryOf, type SetOptions, selecting } from './select-payloads.ts';
import { type TimelineEntry, timelineTable } from './timeline.ts';

const columns: readonly Column<Payload>[] = [
  { head: 'PAYLOAD', of: ({ id }) => id },
  { head: 'RECEIVED', of: ({ received_at }) => received_at },
  { head: 'EVENT', of: ({ event_type }) => event_type },
  { head: 'STATUS', of: ({ status }) => status },
  { head: 'REASON', of: ({ status_reason }) => status_reason },
  { head: 'ARRIVALS', of: ({ arrivals }) => arrivals },
  { head: 'BYTES', of: ({ size }) => size },
  { head: 'FROM', of: ({ source_ip }) => source_ip ?? '-' },
  { head: 'TYPE', of: ({ content_type }) => content_type },
];

export const addPayloads = (program: Command, context: Context): void => {
  const payloads = program
    .command('payloads')
    .description('lists and shows payloads, tells agents about them again, and deletes them');

  calling(
    withPaging(
      selecting(
        onWebhook(payloads.command('list').description('lists the payloads of a webhook, newest first')),
      ),
    ),
    context,
    [
      'payloads list --board releases --webhook <webhook-id> --status parked --since 2h',
      'payloads list --board releases --webhook <webhook-id> --all --json',
    ],
    async (session, options: WebhookOptions & SetOptions & ListOptions) => {
      const call = { ids: await webhookIdsOf(session, options), query: queryOf(options) };
      await printList(
        session,
        pagesOf(session.client, routes.listPayloads, call, limitOf(options), pageOfPayloads),
        columns,
      );
    },
  );

  calling(
    onWebhook(payloads.command('show').description('shows a payload and its status'))
      .addArgument(payloadArgument())
      .addOption(jsonDocument()),
    context,
    ['payloads show --board releases --webhook <webhook-id> <payload-id>'],
    async (session, options: WebhookOptions, payload_id = '') => {
      const ids = { ...(await webhookIdsOf(session, options)), payload_id };
      await printPayload(session, await session.client.text(routes.showPayload, { ids }));
    },
  );

  addRawPayload(payloads, context);

  calling(
    onWebhook(
      payloads.command('timeline').description('shows what happened to a payload, in chronological order'),
    )
      .addArgument(payloadArgument())
      .addOption(jsonDocument()),
    context,
    ['payloads timeline --board releases --webhook <webhook-id> <payload-id>'],
    async (session, options: WebhookOptions, payload_id = '') => {
      const ids = { ...(await webhookIdsOf(session, options)), payload_id };
      const text = await session.client.text(routes.showTimeline, { ids });
      const { items } = JSON.parse(text) as { items: readonly TimelineEntry[] };
      await writeText(context, session.json ? `${text}\n` : timelineTable(context)(items));
    },
  );

  addRedeliverPayload(payloads, context);
  addDeletePayload(payloads, context);
};
