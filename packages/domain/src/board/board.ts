import { type BoardFact, unchangedBy } from '@mission-control/contracts';

export interface OpenBoard {
  readonly status: 'open';
  readonly boardId: string;
  readonly name: string;
  readonly slug: string;
  readonly description: string;
  readonly gatewayId: string | null;
  readonly agents: ReadonlySet<string>;
  readonly leadAgentId: string | null;
  readonly webhooks: ReadonlySet<string>;
}

/**
 * A board decides about its members, its lead and whether it may be deleted. A board that is deleted before it is created can never be
 * created.
 */
export type Board =
  | { readonly status: 'absent' }
  | OpenBoard
  | { readonly status: 'deleted'; readonly boardId: string };

export const noBoard: Board = { status: 'absent' };

export const evolveBoard = (state: Board, fact: BoardFact): Board => {
  if (fact.type === 'BoardCreated') {
    return { status: 'open', ...fact.data, agents: new Set(), leadAgentId: null, webhooks: new Set() };
  }
  if (fact.type === 'BoardDeleted') return { status: 'deleted', boardId: fact.data.boardId };
  if (state.status !== 'open') return state;
  switch (fact.type) {
    case 'BoardUpdated': {
      const { name, slug, description, gatewayId } = fact.data;
      return {
        ...state,
        name: name ?? state.name,
        slug: slug ?? state.slug,
        description: description ?? state.description,
        gatewayId: gatewayId === undefined ? state.gatewayId : gatewayId,
      };
    }
    case 'AgentAddedToBoard':
      return {
        ...state,
        agents: new Set([...state.agents, fact.data.agentId]),
        leadAgentId: fact.data.isLead ? fact.data.agentId : state.leadAgentId,
      };
    case 'AgentRemovedFromBoard':
      return {
        ...state,
        agents: without(state.agents, fact.data.agentId),
        leadAgentId: state.leadAgentId === fact.data.agentId ? null : state.leadAgentId,
      };
    case 'BoardLeadChanged':
      return { ...state, leadAgentId: fact.data.leadAgentId };
    case 'WebhookAddedToBoard':
      return { ...state, webhooks: new Set([...state.webhooks, fact.data.webhookId]) };
    case 'WebhookRemovedFromBoard':
      return { ...state, webhooks: without(state.webhooks, fact.data.webhookId) };
    default:
      return unchangedBy(state, fact);
  }
};

const without = (set: ReadonlySet<string>, member: string): ReadonlySet<string> =>
  new Set([...set].filter((one) => one !== member));
