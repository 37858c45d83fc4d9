import { type AgentFact, assertNever, unchangedBy } from '@mission-control/contracts';
import { CommandRejected } from '../rejected.ts';

export interface ActiveAgent {
  readonly status: 'active';
  readonly agentId: string;
  readonly boardId: string;
  readonly name: string;
  readonly openclawSessionId: string | null;
  readonly tokenHash: string;
}

/** An agent that is deleted before it is created can never be created. */
export type Agent = { readonly status: 'absent' } | ActiveAgent | { readonly status: 'deleted' };

export const noAgent: Agent = { status: 'absent' };

export const evolveAgent = (state: Agent, fact: AgentFact): Agent => {
  if (fact.type === 'AgentCreated') return { status: 'active', ...fact.data };
  if (fact.type === 'AgentDeleted') return { status: 'deleted' };
  if (state.status !== 'active') return state;
  switch (fact.type) {
    case 'AgentUpdated':
      return {
        ...state,
        name: fact.data.name ?? state.name,
        openclawSessionId:
          fact.data.openclawSessionId === undefined ? state.openclawSessionId : fact.data.openclawSessionId,
      };
    case 'AgentTokenIssued':
      return { ...state, tokenHash: fact.data.tokenHash };
    default:
      return unchangedBy(state, fact);
  }
};

export type AgentCommand =
  | {
      type: 'CreateAgent';
      agentId: string;
      boardId: string;
      name: string;
      openclawSessionId: string | null;
      tokenHash: string;
    }
  | { type: 'UpdateAgent'; name?: string | undefined; openclawSessionId?: string | null | undefined }
  | { type: 'IssueAgentToken'; tokenHash: string }
  | { type: 'DeleteAgent' };

/** @throws CommandRejected if the agent's state does not allow the command */
export const decideAgent = (command: AgentCommand, state: Agent): AgentFact[] => {
  if (command.type === 'CreateAgent') {
    if (state.status !== 'absent')
      throw new CommandRejected('conflict', 'agent_exists', 'This agent exists already.');
    const { type: _, ...data } = command;
    return [{ type: 'AgentCreated', data }];
  }
  const agent = activeAgent(state);
  const { agentId } = agent;
  switch (command.type) {
    case 'UpdateAgent': {
      const changed = {
        ...(command.name !== undefined && command.name !== agent.name && { name: command.name }),
        ...(command.openclawSessionId !== undefined &&
          command.openclawSessionId !== agent.openclawSessionId && {
            openclawSessionId: command.openclawSessionId,
          }),
      };
      return Object.keys(changed).length > 0 ? [{ type: 'AgentUpdated', data: { agentId, ...changed } }] : [];
    }
    case 'IssueAgentToken':
      return [{ type: 'AgentTokenIssued', data: { agentId, tokenHash: command.tokenHash } }];
    case 'DeleteAgent':
      return [{ type: 'AgentDeleted', data: { agentId, boardId: agent.boardId } }];
    default:
      return assertNever(command);
  }
};

/** @throws CommandRejected if the agent does not exist */
export const activeAgent = (state: Agent): ActiveAgent => {
  if (state.status !== 'active')
    throw new CommandRejected('not_found', 'agent_not_found', 'Agent not found.');
  return state;
};
