import type { Command } from 'commander';
import { pagesOf } from '../api/pages.ts';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { printAnswer } from '../output/answer.ts';
import { jsonDocument, type ListOptions, limitOf, printList, withPaging } from '../output/list.ts';
import type { Column } from '../output/table.ts';
import { calling } from '../session.ts';
import { addCreateWebhook } from './create-webhook.ts';
import { addPreviewMessage } from './preview-message.ts';
import { type BoardOptions, boardIdOf, onBoard } from './scope.ts';
import { printTest } from './test-webhook.ts';
import { webhookArgument } from './webhook-argument.ts';

interface Webhook {
  readonly id: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly has_secret: boolean;
  readonly signature_scheme: string;
  readonly endpoint_url: string;
  readonly created_at: string;
}

const columns: readonly Column<Webhook>[] = [
  { head: 'WEBHOOK', of: ({ id }) => id },
  { head: 'ENABLED', of: ({ enabled }) => (enabled ? 'yes' : 'no') },
  { head: 'SCHEME', of: ({ signature_scheme }) => signature_scheme },
  { head: 'SECRET', of: ({ has_secret }) => (has_secret ? 'yes' : 'no') },
  { head: 'CREATED', of: ({ created_at }) => created_at },
  { head: 'DESCRIPTION', of: ({ description }) => description },
];

export const addWebhooks = (program: Command, context: Context): void => {
  const webhooks = program
    .command('webhooks')
    .description('lists, creates, shows and tests webhooks, and previews their messages');

  calling(
    withPaging(onBoard(webhooks.command('list').description('lists the webhooks of a board, newest first'))),
    context,
    ['webhooks list --board releases'],
    async (session, options: BoardOptions & ListOptions) => {
      const ids = { board_id: await boardIdOf(session, options) };
      const pages = pagesOf(session.client, routes.listWebhooks, { ids }, limitOf(options));
      await printList(session, pages, columns);
    },
  );

  addCreateWebhook(webhooks, context);

  calling(
    onBoard(webhooks.command('show').description('shows the settings of a webhook'))
      .addArgument(webhookArgument())
      .addOption(jsonDocument()),
    context,
    ['webhooks show --board releases <webhook-id>'],
    async (session, options: BoardOptions, webhook_id = '') => {
      const ids = { board_id: await boardIdOf(session, options), webhook_id };
      await printAnswer(session, await session.client.text(routes.showWebhook, { ids }));
    },
  );

  calling(
    onBoard(
      webhooks
        .command('test')
        .description('sends a signed sample through the public URL, and shows what happened to it'),
    )
      .addArgument(webhookArgument())
      .addOption(jsonDocument()),
    context,
    ['webhooks test --board releases <webhook-id>'],
    async (session, options: BoardOptions, webhook_id = '') => {
      const ids = { board_id: await boardIdOf(session, options), webhook_id };
      await printTest(session, await session.client.text(routes.testWebhook, { ids }));
    },
  );

  addPreviewMessage(webhooks, context);
};
