import { aggregates, decideOn } from '@mission-control/aggregates';
import { asEvent, type EventData, streams } from '@mission-control/contracts';
import { decideBoard } from '@mission-control/domain';
import { type Duty, following, type Occasion } from '../duty.ts';

/** A creation that is unfinished after this time was interrupted. */
const abandonedAfterMs = 60_000;

/**
 * A webhook is added to its board before it is created, and a crash may happen in between. A webhook that still does not exist a
 * minute later is deleted before its creation, so that a late creation fails. The deletion then removes it from the board.
 */
export const afterWebhookAdded = (
  occasion: Occasion,
  { webhookId, boardId }: EventData<'WebhookAddedToBoard'>,
): Duty => ({
  delayMs: abandonedAfterMs,
  run: async ({ store, log }) => {
    const deleted = { type: 'WebhookDeleted', data: { webhookId, boardId, cleanupMemory: false } } as const;
    const result = await store.append(streams.webhook(webhookId), 'no_stream', [
      asEvent(deleted, following(occasion)),
    ]);
    if (result.ok)
      log.warn({ webhook_id: webhookId }, 'deleted a webhook that was added to a board but never created');
  },
});

/** The same for agents. */
export const afterAgentAdded = (
  occasion: Occasion,
  { agentId, boardId }: EventData<'AgentAddedToBoard'>,
): Duty => ({
  delayMs: abandonedAfterMs,
  run: async ({ store, log }) => {
    const deleted = { type: 'AgentDeleted', data: { agentId, boardId } } as const;
    const result = await store.append(streams.agent(agentId), 'no_stream', [
      asEvent(deleted, following(occasion)),
    ]);
    if (result.ok)
      log.warn({ agent_id: agentId }, 'deleted an agent that was added to a board but never created');
  },
});

/** Removes a deleted agent from its board, in case the process that deleted it did not get that far. */
export const afterAgentDeleted = (
  occasion: Occasion,
  { agentId, boardId }: EventData<'AgentDeleted'>,
): Duty => ({
  delayMs: 0,
  run: async ({ store }) => {
    await decideOn(store, aggregates.board, boardId, following(occasion), (board) =>
      board.status === 'open' ? decideBoard({ type: 'RemoveAgent', agentId }, board) : [],
    );
  },
});
