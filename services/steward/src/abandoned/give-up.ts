import { aggregates, decideOn } from '@mission-control/aggregates';
import { asEvent, type EventData, streams } from '@mission-control/contracts';
import { decideBoard } from '@mission-control/domain';
import { type Duty, following, type Occasion } from '../duty.ts';

/** A creation that has not been finished by then was interrupted. */
const abandonedAfterMs = 60_000;

/**
 * A webhook is registered on its board before it is created, and a crash may come between. What is still absent a minute
 * later is deleted before it comes to be, so that a late creation loses; its deletion then takes it off the board.
 */
export const afterWebhookAdded = (
  occasion: Occasion,
  { webhookId, boardId }: EventData<'WebhookAddedToBoard'>,
): Duty => ({
  delayMs: abandonedAfterMs,
  carryOut: async ({ store, log }) => {
    const deleted = { type: 'WebhookDeleted', data: { webhookId, boardId, cleanupMemory: false } } as const;
    const result = await store.append(streams.webhook(webhookId), 'no_stream', [
      asEvent(deleted, following(occasion)),
    ]);
    if (result.ok)
      log.warn({ webhook_id: webhookId }, 'a webhook that was never created is taken off its board');
  },
});

/** The same for agents. */
export const afterAgentAdded = (
  occasion: Occasion,
  { agentId, boardId }: EventData<'AgentAddedToBoard'>,
): Duty => ({
  delayMs: abandonedAfterMs,
  carryOut: async ({ store, log }) => {
    const deleted = { type: 'AgentDeleted', data: { agentId, boardId } } as const;
    const result = await store.append(streams.agent(agentId), 'no_stream', [
      asEvent(deleted, following(occasion)),
    ]);
    if (result.ok) log.warn({ agent_id: agentId }, 'an agent that was never created is taken off its board');
  },
});

/** A deleted agent leaves its board, also where whoever deleted it did not come that far. */
export const afterAgentDeleted = (
  occasion: Occasion,
  { agentId, boardId }: EventData<'AgentDeleted'>,
): Duty => ({
  delayMs: 0,
  carryOut: async ({ store }) => {
    await decideOn(store, aggregates.board, boardId, following(occasion), (board) =>
      board.status === 'open' ? decideBoard({ type: 'RemoveAgent', agentId }, board) : [],
    );
  },
});
