import { eventTypes, unchangedBy } from '@mission-control/contracts';
import type { AgentRow } from '../../tables/configuration.ts';
import type { StreamTable } from './stream-table.ts';

export const agents: StreamTable<AgentRow, (typeof eventTypes.agent)[number]> = {
  table: 'agents',
  types: eventTypes.agent,
  idOf: (event) => event.data.agentId,
  evolve: (row, { type, data }) => {
    if (type === 'AgentCreated') {
      return {
        id: data.agentId,
        board_id: data.boardId,
        name: data.name,
        openclaw_session_id: data.openclawSessionId,
        token_hash: data.tokenHash,
      };
    }
    if (!row) return row;
    switch (type) {
      case 'AgentUpdated':
        return {
          ...row,
          name: data.name ?? row.name,
          openclaw_session_id:
            data.openclawSessionId === undefined ? row.openclaw_session_id : data.openclawSessionId,
        };
      case 'AgentTokenIssued':
        return { ...row, token_hash: data.tokenHash };
      case 'AgentDeleted':
        return null;
      default:
        return unchangedBy(row, type);
    }
  },
};
