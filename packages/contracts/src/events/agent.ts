import { z } from 'zod';

const agentId = z.uuid();
/** SHA-256 of the agent's token, hex. A plain hash is safe, because tokens are 256 random bits and cannot be found by brute force. */
const tokenHash = z.string().regex(/^[0-9a-f]{64}$/);

export const agentEvents = {
  AgentCreated: z.object({
    agentId,
    boardId: z.uuid(),
    name: z.string(),
    openclawSessionId: z.string().nullable(),
    tokenHash,
  }),
  /** Contains only what changed. */
  AgentUpdated: z.object({
    agentId,
    name: z.string().optional(),
    openclawSessionId: z.string().nullable().optional(),
  }),
  AgentTokenIssued: z.object({ agentId, tokenHash }),
  AgentDeleted: z.object({ agentId, boardId: z.uuid() }),
};
