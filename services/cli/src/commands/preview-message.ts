import type { Command } from 'commander';
import { Option } from 'commander';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { contentOf, objectIn } from '../input/files.ts';
import { idFrom } from '../input/ids.ts';
import { jsonDocument } from '../output/list.ts';
import { writeText } from '../output/write.ts';
import { calling } from '../session.ts';
import { type BoardOptions, boardIdOf, onBoard } from './scope.ts';
import { webhookArgument } from './webhook-argument.ts';

interface PreviewOptions extends BoardOptions {
  readonly payload?: string;
  readonly sample?: string;
  readonly header?: readonly string[];
  readonly message?: string;
}

export const addPreviewMessage = (webhooks: Command, context: Context): void => {
  calling(
    onBoard(
      webhooks
        .command('preview')
        .description('shows the message that an agent would get; stores and sends nothing'),
    )
      .addArgument(webhookArgument())
      .addOption(new Option('--payload <id>', 'of a stored payload').argParser(idFrom))
      .option('--sample <file>', 'of the body in a file; - for standard input')
      .option('--header <header...>', 'with --sample: headers of the request, as "X-Event: push"')
      .option('--message <file>', 'a JSON file with the setting message to try')
      .addOption(jsonDocument()),
    context,
    [
      'webhooks preview --board releases <webhook-id> --payload <payload-id>',
      'webhooks preview --board releases <webhook-id> --sample push.json --header "X-GitHub-Event: push"',
    ],
    async (session, options: PreviewOptions, webhook_id = '') => {
      const body = await bodyOf(context, options);
      const ids = { board_id: await boardIdOf(session, options), webhook_id };
      const answer = await session.client.text(routes.previewMessage, { ids, body });
      const { text } = JSON.parse(answer) as { text: string };
      await writeText(context, session.json ? `${answer}\n` : `${text}\n`);
    },
  );
};

const bodyOf = async (context: Context, { payload, sample, header, message }: PreviewOptions) => ({
  ...(payload !== undefined && { payload_id: payload }),
  ...(sample !== undefined && { sample: await contentOf(context, sample) }),
  ...(header !== undefined && { headers: Object.fromEntries(header.map(headerOf)) }),
  ...(message !== undefined && { message: await objectIn(context, message) }),
});

const headerOf = (header: string): [string, string] => {
  const [, name, value = ''] = /^([^:]+):\s*(.*)$/.exec(header) ?? [];
  if (name === undefined)
    throw new CommandFailed('usage', 'bad_header', `"${header}" must be a header, as "X-Event: push".`);
  return [name, value];
};
