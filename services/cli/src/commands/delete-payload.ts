import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { routes } from '../api/routes.ts';
import { CommandFailed } from '../command-failed.ts';
import type { Context } from '../context.ts';
import { jsonDocument } from '../output/list.ts';
import { detailsOf } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import { calling } from '../session.ts';
import { onWebhook, type WebhookOptions, webhookIdsOf } from './scope.ts';
import { payloadArgument } from './select-payloads.ts';

export const addDeletePayload = (payloads: Command, context: Context): void => {
  calling(
    onWebhook(
      payloads
        .command('delete')
        .description('deletes a payload for good; the answer says what remains where, and for how long'),
    )
      .addArgument(payloadArgument())
      .option('--yes', 'do not ask')
      .addOption(jsonDocument()),
    context,
    ['payloads delete --board releases --webhook <webhook-id> <payload-id> --yes'],
    async (session, options: WebhookOptions & { readonly yes?: true }, payload_id = '') => {
      if (!options.yes) await confirm(context, `Delete the payload ${payload_id} for good?`);
      const ids = { ...(await webhookIdsOf(session, options)), payload_id };
      const text = await session.client.text(routes.deletePayload, { ids });
      await writeText(context, session.json ? `${text}\n` : deletedText(JSON.parse(text) as Deleted));
    },
  );
};

interface Remainder {
  readonly where: string;
  readonly what: string;
  readonly until: string;
}

interface Deleted {
  readonly remains: readonly Remainder[];
}

const deletedText = ({ remains }: Deleted): string =>
  [
    'Deleted. What remains:',
    ...remains.flatMap(({ where, what, until }) => [
      '',
      detailsOf([
        ['where', where],
        ['what', what],
        ['until', until],
      ]).trimEnd(),
    ]),
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');

/** @throws CommandFailed unless the person says yes. A program has to pass --yes. */
const confirm = async ({ stdin, stderr, signal }: Context, question: string): Promise<void> => {
  if (stdin.isTTY !== true)
    throw new CommandFailed('usage', 'not_confirmed', 'Pass --yes: standard input is not a terminal.');
  const prompt = createInterface({ input: stdin, output: stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal });
    if (!/^y(es)?$/i.test(answer.trim()))
      throw new CommandFailed('failed', 'not_confirmed', 'Nothing was deleted.');
  } finally {
    prompt.close();
  }
};
