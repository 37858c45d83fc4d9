import { eventTypes, unchangedBy } from '@mission-control/contracts';
import type { BoardRow } from '../../tables/configuration.ts';
import type { StreamTable } from './stream-table.ts';

export const boards: StreamTable<BoardRow, (typeof eventTypes.board)[number]> = {
  table: 'boards',
  types: eventTypes.board,
  idOf: (event) => event.data.boardId,
  evolve: (row, { type, data }) => {
    if (type === 'BoardCreated') {
      const { boardId, name, slug, description, gatewayId } = data;
      return { id: boardId, name, slug, description, gateway_id: gatewayId, lead_agent_id: null };
    }
    if (!row) return row;
    switch (type) {
      case 'BoardUpdated':
        return {
          ...row,
          name: data.name ?? row.name,
          slug: data.slug ?? row.slug,
          description: data.description ?? row.description,
          gateway_id: data.gatewayId === undefined ? row.gateway_id : data.gatewayId,
        };
      case 'BoardDeleted':
        return null;
      case 'AgentAddedToBoard':
        return data.isLead ? { ...row, lead_agent_id: data.agentId } : row;
      case 'AgentRemovedFromBoard':
        return row.lead_agent_id === data.agentId ? { ...row, lead_agent_id: null } : row;
      case 'BoardLeadChanged':
        return { ...row, lead_agent_id: data.leadAgentId };
      case 'WebhookAddedToBoard':
      case 'WebhookRemovedFromBoard':
        return row;
      default:
        return unchangedBy(row, type);
    }
  },
};
