import type { WebhookPayloadReceived } from '@mission-control/contracts';
import {
  type ActiveWebhook,
  agentMeant,
  agentMessage,
  CoalescingWindows,
  coalescingKeyOf,
  type Held,
  messageSettingOf,
  type OpenBoard,
  payloadEventType,
} from '@mission-control/domain';
import type { Evaluator } from '@mission-control/filters';

/** An arrival in the window, by the id of its event. */
export interface PastArrival {
  readonly eventId: string;
  readonly payload: WebhookPayloadReceived;
}

/** What would become of a payload. */
export interface Outcome {
  readonly told: boolean;
  /** Why no agent is told; null: an agent is told. */
  readonly reason: 'notify_when' | 'ignored_actor' | 'no_agent' | null;
  /** Why `notify_when` has no result, so that the agent is told; null: it has one. */
  readonly filter_error: string | null;
  /** The agent that is told; null: none. */
  readonly agent_id: string | null;
}

export interface Simulated {
  /** In the order of the arrivals. */
  readonly outcomes: readonly Outcome[];
  /** In the same order: what the agent reads of each payload, without links. */
  readonly texts: readonly string[];
  /** How many messages agents get, because payloads may be told together. */
  readonly messages: number;
}

interface Scene {
  readonly webhook: ActiveWebhook;
  readonly board: OpenBoard;
  readonly evaluator: Pick<Evaluator, 'evaluate'>;
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
  const outcomes = await Promise.all(
    arrivals.map(({ payload }) => outcomeOf(webhook, evaluator, agentId, payload)),
  );
  const told = arrivals.filter((_, n) => outcomes[n]?.told);
  return {
    outcomes,
    texts: arrivals.map(({ payload }) => textOf(webhook, board, payload)),
    messages: messagesFor(webhook, told),
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

const textOf = (
  webhook: ActiveWebhook,
  { name: boardName }: OpenBoard,
  payload: WebhookPayloadReceived,
): string =>
  agentMessage({
    payload,
    eventType: payloadEventType(payload, webhook.eventType),
    instruction: webhook.description,
    message: messageSettingOf(webhook),
    boardName,
    baseUrl: '',
    readLink: null,
  });

const messagesFor = ({ coalesce: rule, webhookId }: ActiveWebhook, told: readonly PastArrival[]): number => {
  if (rule === null) return told.length;
  const windows = new CoalescingWindows<Held>();
  let alone = 0;
  for (const { eventId, payload } of told) {
    const key = coalescingKeyOf(payload, rule);
    if (key === undefined) alone += 1;
    else windows.add({ eventId, webhookId, key, rule, at: Date.parse(payload.receivedAt) });
  }
  return alone + windows.takeClosed(Number.POSITIVE_INFINITY).length;
};
