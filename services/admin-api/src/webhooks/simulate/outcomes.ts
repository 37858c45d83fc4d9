import {
  keyExpressionOf,
  type WebhookPayloadReceived,
  type WebhookSettingsIn,
} from '@mission-control/contracts';
import {
  type ActiveWebhook,
  agentMeant,
  agentMessage,
  coalescingKeyOf,
  messageSettingOf,
  type OpenBoard,
  payloadEventType,
} from '@mission-control/domain';
import type { Evaluator } from '@mission-control/filters';
import { messagesFor, withinLimit } from './messages.ts';

/** An arrival in the window, by the id of its event. */
export interface PastArrival {
  readonly eventId: string;
  readonly payload: WebhookPayloadReceived;
}

/** What would become of a payload. */
export interface Outcome {
  readonly told: boolean;
  /** Why no agent is told; null: an agent is told. */
  readonly reason: 'notify_when' | 'ignored_actor' | 'told_too_often' | 'no_agent' | null;
  /** Why `notify_when` has no result, so that the agent is told, or `coalesce.key`, so that it is told alone; null: they have one. */
  readonly filter_error: string | null;
  /** The agent that is told; null: none. */
  readonly agent_id: string | null;
}

export interface Simulated {
  /** In the order of the arrivals. */
  readonly outcomes: readonly Outcome[];
  /** How many messages agents get, because payloads may be told together. */
  readonly messages: number;
}

interface Scene {
  readonly webhook: ActiveWebhook;
  readonly board: OpenBoard;
  readonly evaluator: Pick<Evaluator, 'evaluate' | 'keyOf'>;
}

/**
 * What the settings of a webhook make of arrivals, by the functions that decide about new ones.
 *
 * @param arrivals in the order of the log
 */
export const simulate = async (
  { webhook, board, evaluator }: Scene,
  arrivals: readonly PastArrival[],
): Promise<Simulated> => {
  const agentId = agentMeant(null, webhook, board);
  const seen = await Promise.all(
    arrivals.map(async (arrival) => {
      const outcome = await outcomeOf(webhook, evaluator, agentId, arrival.payload);
      const common = outcome.told ? await commonOf(webhook, evaluator, arrival.payload) : alone;
      const filter_error = outcome.filter_error ?? common.error;
      return { arrival, key: common.key, outcome: { ...outcome, filter_error } };
    }),
  );
  const { allowed, others } = withinLimit(webhook, messagesFor(webhook, seen));
  const leftOut = new Set(others.flatMap(({ eventIds }) => eventIds));
  return {
    outcomes: seen.map(({ arrival, outcome }) =>
      leftOut.has(arrival.eventId)
        ? { told: false, reason: 'told_too_often', filter_error: null, agent_id: null }
        : outcome,
    ),
    messages: allowed.length,
  };
};

const outcomeOf = async (
  webhook: ActiveWebhook,
  evaluator: Scene['evaluator'],
  agentId: string | null,
  payload: WebhookPayloadReceived,
): Promise<Outcome> => {
  const told: Outcome = {
    told: agentId !== null,
    reason: agentId === null ? 'no_agent' : null,
    filter_error: null,
    agent_id: agentId,
  };
  if (webhook.notifyWhen === null && webhook.ignoreActors.length === 0) return told;
  const verdict = await evaluator.evaluate(webhook.webhookId, webhook, payload);
  switch (verdict.kind) {
    case 'notify':
      return told;
    case 'filtered':
      return { told: false, reason: verdict.reason, filter_error: null, agent_id: null };
    case 'failed':
      return { ...told, filter_error: verdict.detail ?? verdict.code };
  }
};

/** What a payload has in common with others. */
interface Common {
  /** undefined: it is told alone. */
  readonly key: string | null | undefined;
  /** Why `coalesce.key` has no result; null: it has one. */
  readonly error: string | null;
}

const alone: Common = { key: undefined, error: null };

const commonOf = async (
  { coalesce: rule, webhookId, eventType }: ActiveWebhook,
  evaluator: Scene['evaluator'],
  payload: WebhookPayloadReceived,
): Promise<Common> => {
  if (rule === null) return alone;
  const expression = keyExpressionOf(rule);
  if (expression === null) return { key: coalescingKeyOf(payload, rule), error: null };
  const verdict = await evaluator.keyOf(webhookId, { expression, eventType }, payload);
  if (verdict.kind === 'failed')
    return { ...alone, error: `coalesce.key: ${verdict.detail ?? verdict.code}` };
  return verdict.key === null ? alone : { key: verdict.key, error: null };
};

/** The settings that the text of a message depends on. */
const settingsOfText = [
  'description',
  'messageFields',
  'messageTemplate',
  'eventType',
] as const satisfies (keyof WebhookSettingsIn['event'])[];

/** Says of a payload whether the agent would read another text, with other settings. Nothing is made if they have no part in it. */
export const textComparison = (
  { name: boardName }: OpenBoard,
  one: ActiveWebhook,
  other: ActiveWebhook,
): ((payload: WebhookPayloadReceived) => boolean) => {
  const differ = settingsOfText.some((name) => JSON.stringify(one[name]) !== JSON.stringify(other[name]));
  if (!differ) return () => false;
  return (payload) => textOf(one, boardName, payload) !== textOf(other, boardName, payload);
};

/** What the agent reads, without a link. */
const textOf = (webhook: ActiveWebhook, boardName: string, payload: WebhookPayloadReceived): string =>
  agentMessage({
    payload,
    eventType: payloadEventType(payload, webhook.eventType),
    instruction: webhook.description,
    message: messageSettingOf(webhook),
    boardName,
    baseUrl: '',
    readLink: null,
  });
