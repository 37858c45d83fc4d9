import {
  assertNever,
  type EncryptedSecret,
  type EventData,
  type WebhookFact,
} from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';
import {
  type ActiveWebhook,
  activeWebhook,
  defaultDedupeDiffering,
  type Webhook,
  type WebhookSettings,
} from './webhook.ts';

export type WebhookCommand =
  | ({ type: 'CreateWebhook'; webhookId: string; boardId: string } & WebhookSettings)
  | ({
      type: 'UpdateWebhook';
      /** With `delivery: active`; default: drain. */
      onResume?: 'drain' | 'discard' | undefined;
    } & { [K in keyof WebhookSettings]?: WebhookSettings[K] | undefined })
  | {
      type: 'RotateSecret';
      secret: EncryptedSecret;
      /** Until when the previous secret stays valid, ISO-8601 UTC; null: it is invalid at once. */
      previousValidUntil: string | null;
    }
  | { type: 'DeleteWebhook'; cleanupMemory: boolean };

/** @throws CommandRejected if the webhook's state does not allow the command */
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
    case 'RotateSecret': {
      if (webhook.secret === null) {
        throw new CommandRejected(
          'conflict',
          'no_secret_to_rotate',
          'The webhook has no secret. Give it its first one with PATCH.',
        );
      }
      const { secret, previousValidUntil } = command;
      return [{ type: 'WebhookSecretRotated', data: { webhookId, boardId, secret, previousValidUntil } }];
    }
    case 'DeleteWebhook':
      return [{ type: 'WebhookDeleted', data: { webhookId, boardId, cleanupMemory: command.cleanupMemory } }];
    default:
      return assertNever(command);
  }
};

/**
 * A given secret always counts as a change, since encrypting the same text twice gives two ciphertexts. A new value of `dedupe` sets
 * `dedupeDiffering` to the matching default, unless that is also given.
 */
const changes = (
  webhook: ActiveWebhook,
  command: Extract<WebhookCommand, { type: 'UpdateWebhook' }>,
): Partial<WebhookSettings> & Pick<EventData<'WebhookUpdated'>, 'onResume'> => {
  const { type: _, onResume = 'drain', ...given } = command;
  const { dedupe } = given;
  const defaultOfNew =
    dedupe === undefined || dedupe === webhook.dedupe ? undefined : defaultDedupeDiffering(dedupe);
  const settings = { ...given, dedupeDiffering: given.dedupeDiffering ?? defaultOfNew };
  const changed: Partial<WebhookSettings> = Object.fromEntries(
    Object.entries(settings).filter(
      ([name, value]) => value !== undefined && !isSame(value, webhook[name as keyof WebhookSettings]),
    ),
  );
  return changed.delivery === 'active' ? { ...changed, onResume } : changed;
};

/** Compares settings: plain values, and lists and objects of them. */
const isSame = (one: unknown, other: unknown): boolean => {
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return one === other;
  const members = Object.entries(one);
  return (
    members.length === Object.keys(other).length &&
    members.every(([name, value]) => isSame(value, (other as Record<string, unknown>)[name]))
  );
};
