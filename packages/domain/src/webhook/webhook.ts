import type { EncryptedSecret, SignatureScheme, WebhookFact } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';
import { unchangedBy } from '../unknown-fact.ts';

export interface ActiveWebhook {
  readonly status: 'active';
  readonly webhookId: string;
  readonly boardId: string;
  /** The admin's instruction to the agent. */
  readonly description: string;
  readonly enabled: boolean;
  /** null: the board's lead. */
  readonly agentId: string | null;
  readonly secret: EncryptedSecret | null;
  readonly signatureScheme: SignatureScheme;
  readonly signatureHeader: string | null;
}

/** One deleted before it was created never comes to be. */
export type Webhook =
  | { readonly status: 'absent' }
  | ActiveWebhook
  | { readonly status: 'deleted'; readonly webhookId: string; readonly boardId: string };

export const noWebhook: Webhook = { status: 'absent' };

export const evolveWebhook = (state: Webhook, fact: WebhookFact): Webhook => {
  if (fact.type === 'WebhookCreated') return { status: 'active', ...fact.data };
  if (fact.type === 'WebhookDeleted') {
    return { status: 'deleted', webhookId: fact.data.webhookId, boardId: fact.data.boardId };
  }
  if (state.status !== 'active') return state;
  switch (fact.type) {
    case 'WebhookUpdated': {
      const { webhookId: _, boardId: __, agentId, secret, signatureHeader, ...rest } = fact.data;
      return {
        ...state,
        description: rest.description ?? state.description,
        enabled: rest.enabled ?? state.enabled,
        signatureScheme: rest.signatureScheme ?? state.signatureScheme,
        agentId: agentId === undefined ? state.agentId : agentId,
        secret: secret === undefined ? state.secret : secret,
        signatureHeader: signatureHeader === undefined ? state.signatureHeader : signatureHeader,
      };
    }
    case 'WebhookPayloadsExpired':
      return state;
    default:
      return unchangedBy(state, fact);
  }
};

/** @throws CommandRejected when the webhook is not there */
export const activeWebhook = (state: Webhook): ActiveWebhook => {
  if (state.status !== 'active')
    throw new CommandRejected('not_found', 'webhook_not_found', 'Webhook not found.');
  return state;
};
