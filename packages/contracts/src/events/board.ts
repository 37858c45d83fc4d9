import { z } from 'zod';

const boardId = z.uuid();

export const boardEvents = {
  BoardCreated: z.object({
    boardId,
    name: z.string(),
    slug: z.string(),
    description: z.string(),
    gatewayId: z.uuid().nullable(),
  }),
  /** Contains only what changed. */
  BoardUpdated: z.object({
    boardId,
    name: z.string().optional(),
    slug: z.string().optional(),
    description: z.string().optional(),
    gatewayId: z.uuid().nullable().optional(),
  }),
  BoardDeleted: z.object({ boardId }),
  AgentAddedToBoard: z.object({ boardId, agentId: z.uuid(), isLead: z.boolean() }),
  AgentRemovedFromBoard: z.object({ boardId, agentId: z.uuid() }),
  BoardLeadChanged: z.object({ boardId, leadAgentId: z.uuid().nullable() }),
  WebhookAddedToBoard: z.object({ boardId, webhookId: z.uuid() }),
  WebhookRemovedFromBoard: z.object({ boardId, webhookId: z.uuid() }),
};

export const boardSlugEvents = {
  BoardSlugReserved: z.object({ slug: z.string(), boardId }),
  BoardSlugReleased: z.object({ slug: z.string(), boardId }),
};
