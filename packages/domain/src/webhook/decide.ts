import type { EncryptedSecret, SignatureScheme, WebhookFact } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';
import { type ActiveWebhook, activeWebhook, type Webhook } from './webhook.ts';

interface Settings {
  description: string;
  enabled: boolean;
  agentId: string | null;
  secret: EncryptedSecret | null;
  signatureScheme: SignatureScheme;
  signatureHeader: string | null;
}

export type WebhookCommand =
  | ({ type: 'CreateWebhook'; webhookId: string; boardId: string } & Settings)
  | ({ type: 'UpdateWebhook' } & { [K in keyof Settings]?: Settings[K] | undefined })
  | { type: 'DeleteWebhook'; cleanupMemory: boolean };

/** @throws CommandRejected where the webhook's state forbids it */
export const decideWebhook = (command: WebhookCommand, state: Webhook): WebhookFact[] => {
  if (command.type === 'CreateWebhook') {
    if (state.status !== 'absent') {
      throw new CommandRejected('conflict', 'webhook_exists', 'This webhook exists already.');
    }
    const { type: _, ...data } = command;
    return [{ type: 'WebhookCreated', data }];
  }
  const webhook = activeWebhook(state);
  const { webhookId, boardId } = webhook;
  switch (command.type) {
    case 'UpdateWebhook': {
      const changed = changes(webhook, command);
      return Object.keys(changed).length > 0
        ? [{ type: 'WebhookUpdated', data: { webhookId, boardId, ...changed } }]
        : [];
    }
    case 'DeleteWebhook':
      return [{ type: 'WebhookDeleted', data: { webhookId, boardId, cleanupMemory: command.cleanupMemory } }];
    default:
      return neverCommand(command);
  }
};

/** A secret that is given is a change, since encrypting the same text twice gives two ciphertexts. */
const changes = (
  webhook: ActiveWebhook,
  command: Extract<WebhookCommand, { type: 'UpdateWebhook' }>,
): Partial<Settings> => {
  const given = (
    ['description', 'enabled', 'agentId', 'secret', 'signatureScheme', 'signatureHeader'] as const
  ).filter((name) => command[name] !== undefined && command[name] !== webhook[name]);
  return Object.fromEntries(given.map((name) => [name, command[name]]));
};

const neverCommand = (command: never): never => {
  throw new Error(`Unknown command ${JSON.stringify(command)}`);
};
