import { type Command, Option } from 'commander';
import { routes } from '../api/routes.ts';
import type { Context } from '../context.ts';
import { idFrom } from '../input/ids.ts';
import { jsonDocument } from '../output/list.ts';
import { detailsOf } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import { calling } from '../session.ts';
import { onWebhook, type WebhookOptions, webhookIdsOf } from './scope.ts';
import { payloadArgument } from './select-payloads.ts';

interface RedeliverOptions extends WebhookOptions {
  readonly reason: string;
  readonly agent?: string;
}

/** Why an agent is told again; the timeline shows it. */
export const reasonOption = () =>
  new Option('--reason <text>', 'why; shown in the timeline').makeOptionMandatory();

export const agentOption = () =>
  new Option('--agent <id>', 'the agent to tell instead of the one that the webhook names').argParser(idFrom);

export const addRedeliverPayload = (payloads: Command, context: Context): void => {
  calling(
    onWebhook(payloads.command('redeliver').description('tells an agent about a payload again'))
      .addArgument(payloadArgument())
      .addOption(reasonOption())
      .addOption(agentOption())
      .addOption(jsonDocument()),
    context,
    [
      'payloads redeliver --board releases --webhook <webhook-id> <payload-id> --reason "the agent was offline"',
    ],
    async (session, options: RedeliverOptions, payload_id = '') => {
      const ids = { ...(await webhookIdsOf(session, options)), payload_id };
      const body = { reason: options.reason, ...(options.agent && { agent_id: options.agent }) };
      const text = await session.client.text(routes.redeliverPayload, { ids, body });
      const { delivery_id } = JSON.parse(text) as { delivery_id: string };
      await writeText(context, session.json ? `${text}\n` : detailsOf([['delivery', delivery_id]]));
    },
  );
};
