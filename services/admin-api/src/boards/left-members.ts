import { aggregates } from '@mission-control/aggregates';
import {
  type AgentFact,
  asEvent,
  type BoardFact,
  streams,
  type WebhookFact,
} from '@mission-control/contracts';
import { decideBoard, openBoard } from '@mission-control/domain';
import { Injectable } from '@nestjs/common';
import { type Caller, eventContextOf } from '../http/caller.ts';
import { Commands } from '../stores/commands.ts';

type MemberKind = 'agent' | 'webhook';

/** A member that was registered and not created within this time is thought to have been interrupted. */
const abandonedAfterMs = 60_000;

/**
 * A board registers its agents and webhooks before they are created, and strikes them off after they are deleted. A crash in
 * between leaves an entry on the board that nothing stands behind: it is removed when it is in somebody's way.
 */
@Injectable()
export class LeftMembers {
  constructor(private readonly commands: Commands) {}

  /** Removes every such entry. Stops and answers false at the first agent or webhook that is really there. */
  async removeAll(caller: Caller, boardId: string): Promise<boolean> {
    const board = openBoard(await this.commands.load(aggregates.board, boardId));
    for (const agentId of board.agents) {
      if (!(await this.remove(caller, boardId, 'agent', agentId))) return false;
    }
    for (const webhookId of board.webhooks) {
      if (!(await this.remove(caller, boardId, 'webhook', webhookId))) return false;
    }
    return true;
  }

  /** True when nothing stood behind the entry; it is removed then. */
  async remove(caller: Caller, boardId: string, kind: MemberKind, id: string): Promise<boolean> {
    const { status } = await (kind === 'agent'
      ? this.commands.load(aggregates.agent, id)
      : this.commands.load(aggregates.webhook, id));
    if (status === 'active') return false;
    if (status === 'absent' && !(await this.#giveUp(caller, boardId, kind, id))) return false;
    await this.commands.decide(caller, aggregates.board, boardId, (state) =>
      decideBoard(
        kind === 'agent' ? { type: 'RemoveAgent', agentId: id } : { type: 'RemoveWebhook', webhookId: id },
        state,
      ),
    );
    return true;
  }

  /** Closes the member's own stream before it begins, so that whoever is still about to create it cannot. */
  async #giveUp(caller: Caller, boardId: string, kind: MemberKind, id: string): Promise<boolean> {
    const registeredAt = await this.#registeredAt(boardId, id);
    if (registeredAt === null || Date.now() - registeredAt < abandonedAfterMs) return false;
    const fact: AgentFact | WebhookFact =
      kind === 'agent'
        ? { type: 'AgentDeleted', data: { boardId, agentId: id } }
        : { type: 'WebhookDeleted', data: { boardId, webhookId: id, cleanupMemory: false } };
    const result = await this.commands.store.append(streams[kind](id), 'no_stream', [
      asEvent(fact, eventContextOf(caller)),
    ]);
    return result.ok;
  }

  async #registeredAt(boardId: string, id: string): Promise<number | null> {
    const registered: readonly BoardFact['type'][] = ['AgentAddedToBoard', 'WebhookAddedToBoard'];
    for await (const { type, data, recordedAt } of this.commands.store.readStream(streams.board(boardId))) {
      const names = data as { agentId?: string; webhookId?: string };
      if ((registered as readonly string[]).includes(type) && (names.agentId ?? names.webhookId) === id) {
        return Date.parse(recordedAt);
      }
    }
    return null;
  }
}
