import { aggregates } from '@mission-control/aggregates';
import { CommandRejected, type OpenBoard, requireAgentOnBoard } from '@mission-control/domain';
import type { Commands } from '../stores/commands.ts';

/** @throws CommandRejected when an agent that a request names is not on the board */
export const requireAgentToTell = async (
  commands: Commands,
  board: OpenBoard,
  agentId: string,
): Promise<void> => {
  requireAgentOnBoard(board, agentId);
  const agent = await commands.load(aggregates.agent, agentId);
  if (agent.status !== 'active')
    throw new CommandRejected('invalid', 'agent_not_on_board', 'The agent was deleted.');
};
