import { assertNever, type BoardFact } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';
import type { Board, OpenBoard } from './board.ts';

export type BoardCommand =
  | {
      type: 'CreateBoard';
      boardId: string;
      name: string;
      slug: string;
      description: string;
      gatewayId: string | null;
    }
  | {
      type: 'UpdateBoard';
      name?: string | undefined;
      slug?: string | undefined;
      description?: string | undefined;
      gatewayId?: string | null | undefined;
    }
  | { type: 'DeleteBoard' }
  | { type: 'AddAgent'; agentId: string; isLead: boolean }
  | { type: 'RemoveAgent'; agentId: string }
  | { type: 'SetLead'; agentId: string; isLead: boolean }
  | { type: 'AddWebhook'; webhookId: string; agentId: string | null }
  | { type: 'RemoveWebhook'; webhookId: string };

/**
 * Decides which facts a command leads to. A command that changes nothing leads to none.
 *
 * @throws CommandRejected if the board's state does not allow the command
 */
export const decideBoard = (command: BoardCommand, state: Board): BoardFact[] => {
  if (command.type === 'CreateBoard') {
    if (state.status !== 'absent')
      throw new CommandRejected('conflict', 'board_exists', 'This board exists already.');
    const { type: _, ...data } = command;
    return [{ type: 'BoardCreated', data }];
  }
  const board = openBoard(state);
  const { boardId } = board;
  switch (command.type) {
    case 'UpdateBoard': {
      const changed = changes(board, command);
      return Object.keys(changed).length > 0 ? [{ type: 'BoardUpdated', data: { boardId, ...changed } }] : [];
    }
    case 'DeleteBoard':
      if (board.agents.size > 0 || board.webhooks.size > 0) {
        throw new CommandRejected(
          'conflict',
          'board_not_empty',
          `The board still has ${board.agents.size} agent(s) and ${board.webhooks.size} webhook(s). Delete them first.`,
        );
      }
      return [{ type: 'BoardDeleted', data: { boardId } }];
    case 'AddAgent':
      if (board.agents.has(command.agentId)) return [];
      if (command.isLead) refuseSecondLead(board, command.agentId);
      return [
        { type: 'AgentAddedToBoard', data: { boardId, agentId: command.agentId, isLead: command.isLead } },
      ];
    case 'RemoveAgent':
      return board.agents.has(command.agentId)
        ? [{ type: 'AgentRemovedFromBoard', data: { boardId, agentId: command.agentId } }]
        : [];
    case 'SetLead':
      return setLead(board, command.agentId, command.isLead);
    case 'AddWebhook':
      if (command.agentId !== null) requireAgentOnBoard(board, command.agentId);
      return board.webhooks.has(command.webhookId)
        ? []
        : [{ type: 'WebhookAddedToBoard', data: { boardId, webhookId: command.webhookId } }];
    case 'RemoveWebhook':
      return board.webhooks.has(command.webhookId)
        ? [{ type: 'WebhookRemovedFromBoard', data: { boardId, webhookId: command.webhookId } }]
        : [];
    default:
      return assertNever(command);
  }
};

/** @throws CommandRejected if the board does not exist */
export const openBoard = (state: Board): OpenBoard => {
  if (state.status !== 'open') throw new CommandRejected('not_found', 'board_not_found', 'Board not found.');
  return state;
};

/** @throws CommandRejected if the agent is not a member of the board */
export const requireAgentOnBoard = (board: OpenBoard, agentId: string): void => {
  if (!board.agents.has(agentId)) {
    throw new CommandRejected('invalid', 'agent_not_on_board', `Agent ${agentId} is not on this board.`);
  }
};

const setLead = (board: OpenBoard, agentId: string, isLead: boolean): BoardFact[] => {
  requireAgentOnBoard(board, agentId);
  const isLeadNow = board.leadAgentId === agentId;
  if (isLead === isLeadNow) return [];
  if (isLead) refuseSecondLead(board, agentId);
  return [
    { type: 'BoardLeadChanged', data: { boardId: board.boardId, leadAgentId: isLead ? agentId : null } },
  ];
};

const refuseSecondLead = (board: OpenBoard, agentId: string): void => {
  if (board.leadAgentId !== null && board.leadAgentId !== agentId) {
    throw new CommandRejected(
      'conflict',
      'board_has_lead',
      `Agent ${board.leadAgentId} leads this board. Set its is_board_lead to false first.`,
    );
  }
};

const changes = (board: OpenBoard, command: Extract<BoardCommand, { type: 'UpdateBoard' }>) => ({
  ...(command.name !== undefined && command.name !== board.name && { name: command.name }),
  ...(command.slug !== undefined && command.slug !== board.slug && { slug: command.slug }),
  ...(command.description !== undefined &&
    command.description !== board.description && { description: command.description }),
  ...(command.gatewayId !== undefined &&
    command.gatewayId !== board.gatewayId && { gatewayId: command.gatewayId }),
});
