import {
  type Dedupe,
  type DedupeDiffering,
  type EncryptedSecret,
  type EventData,
  given,
  unchangedBy,
  type WebhookFact,
  type WebhookSettingsIn,
  webhookDefaults,
} from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';

/** The settings of a webhook that an admin chooses. */
export type WebhookSettings = WebhookSettingsIn['event'] & { readonly secret: EncryptedSecret | null };

/** The secret before the last rotation. */
interface PreviousSecret {
  readonly secret: EncryptedSecret;
  /** ISO-8601 UTC. */
  readonly validUntil: string;
}

export interface ActiveWebhook extends WebhookSettings {
  readonly status: 'active';
  readonly webhookId: string;
  readonly boardId: string;
  readonly previousSecret: PreviousSecret | null;
  /** What was to become of the deliveries that were parked when delivery resumed last; absent: it has never been paused. */
  readonly onResume?: EventData<'WebhookUpdated'>['onResume'];
}

/** A webhook that is deleted before it is created can never be created. */
export type Webhook =
  | { readonly status: 'absent' }
  | ActiveWebhook
  | { readonly status: 'deleted'; readonly webhookId: string; readonly boardId: string };

export const noWebhook: Webhook = { status: 'absent' };

/**
 * The value of `dedupeDiffering` if the admin does not set it. A vendor that signs its own delivery ids never reuses one for another
 * delivery. A header or body field that the admin chose may turn out to name a record, and each change of that record is a separate
 * delivery.
 */
export const defaultDedupeDiffering = (dedupe: Dedupe): DedupeDiffering =>
  dedupe === 'scheme' || dedupe === 'off' ? 'same' : 'separate';

export const evolveWebhook = (state: Webhook, fact: WebhookFact): Webhook => {
  if (fact.type === 'WebhookCreated') {
    return { status: 'active', previousSecret: null, ...webhookDefaults, ...given(fact.data) };
  }
  if (fact.type === 'WebhookDeleted') {
    return { status: 'deleted', webhookId: fact.data.webhookId, boardId: fact.data.boardId };
  }
  if (state.status !== 'active') return state;
  switch (fact.type) {
    case 'WebhookUpdated': {
      const { secret, signatureScheme } = fact.data;
      // A new secret, or a new scheme for it, ends the validity of the previous secret.
      const endsPrevious = secret !== undefined || signatureScheme !== undefined;
      return {
        ...state,
        ...given(fact.data),
        previousSecret: endsPrevious ? null : state.previousSecret,
      };
    }
    case 'WebhookSecretRotated': {
      const { secret, previousValidUntil: validUntil } = fact.data;
      const previousSecret =
        state.secret === null || validUntil === null ? null : { secret: state.secret, validUntil };
      return { ...state, secret, previousSecret };
    }
    default:
      return unchangedBy(state, fact);
  }
};

/** @throws CommandRejected if the webhook does not exist */
export const activeWebhook = (state: Webhook): ActiveWebhook => {
  if (state.status !== 'active')
    throw new CommandRejected('not_found', 'webhook_not_found', 'Webhook not found.');
  return state;
};
