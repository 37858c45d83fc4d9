import { signatureSchemeSchema } from '@mission-control/contracts';
import { schemesWith } from '@mission-control/signatures';
import { type Command, Option } from 'commander';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { contentOf, objectIn } from '../input/files.ts';
import { idFrom } from '../input/ids.ts';
import { printAnswer } from '../output/answer.ts';
import { jsonDocument } from '../output/list.ts';
import { calling } from '../session.ts';
import { type BoardOptions, boardIdOf, onBoard } from './scope.ts';

interface CreateOptions extends BoardOptions {
  readonly description?: string;
  readonly preset?: string;
  readonly scheme?: string;
  readonly secretFile?: string;
  readonly agent?: string;
  readonly eventType?: string;
  readonly encryptContent?: boolean;
  readonly allowedIp?: readonly string[];
  readonly disabled?: true;
  readonly settings?: string;
}

export const addCreateWebhook = (webhooks: Command, context: Context): void => {
  calling(
    onBoard(
      webhooks.command('create').description('creates a webhook; its endpoint_url is what senders post to'),
    )
      .option('--description <text>', 'what the agent should do with the payloads')
      .addOption(
        new Option('--preset <sender>', 'all settings for a sender but the secret').choices(
          schemesWith('preset'),
        ),
      )
      .addOption(
        new Option('--scheme <scheme>', 'how senders prove that a request is their own').choices(
          signatureSchemeSchema.options,
        ),
      )
      .option(
        '--secret-file <file>',
        'a file with the secret that is shared with the sender; - for standard input',
      )
      .addOption(
        new Option('--agent <id>', "the agent to tell (default: the board's lead)").argParser(idFrom),
      )
      .option(
        '--event-type <places>',
        'where what happened is read: scheme, off, or header:x-event+body:/action (default: scheme)',
      )
      .option('--encrypt-content', 'encrypt the content of payloads (default: as CONTENT_ENCRYPTION says)')
      .option('--no-encrypt-content', 'store the content of payloads in the clear')
      .option('--allowed-ip <address...>', 'addresses and CIDR blocks that may send (default: all)')
      .option('--disabled', 'reject requests until it is enabled')
      .option(
        '--settings <file>',
        'a JSON file with any settings of the API; the other options take precedence',
      )
      .addOption(jsonDocument()),
    context,
    [
      'webhooks create --board releases --preset github --secret-file github-secret --description "Create a task for each push"',
      'webhooks create --board releases --settings webhook.json --json',
    ],
    async (session, options: CreateOptions) => {
      const body = await bodyOf(context, options);
      const ids = { board_id: await boardIdOf(session, options) };
      await printAnswer(session, await session.client.text(routes.createWebhook, { ids, body }));
    },
  );
};

/** What was not given is left out, so that the system's defaults apply, and it says what is missing. */
const bodyOf = async (context: Context, options: CreateOptions): Promise<object> => ({
  ...(options.settings !== undefined && (await objectIn(context, options.settings))),
  ...(options.description !== undefined && { description: options.description }),
  ...(options.preset !== undefined && { preset: options.preset }),
  ...(options.scheme !== undefined && { signature_scheme: options.scheme }),
  ...(options.agent !== undefined && { agent_id: options.agent }),
  ...(options.eventType !== undefined && { event_type: options.eventType }),
  ...(options.encryptContent !== undefined && { encrypt_content: options.encryptContent }),
  ...(options.allowedIp !== undefined && { allowed_ips: options.allowedIp }),
  ...(options.disabled && { enabled: false }),
  ...(options.secretFile !== undefined && { secret: await secretIn(context, options.secretFile) }),
});

/** Without the line end that an editor or `echo` adds. */
const secretIn = async (context: Context, path: string): Promise<string> =>
  (await contentOf(context, path)).replace(/\r?\n$/, '');
