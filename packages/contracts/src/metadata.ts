import { z } from 'zod';

/** Who caused an event. `sender` is whoever posts a webhook, `service` one of ours acting on a fact. */
const actorSchema = z.object({
  kind: z.enum(['admin', 'agent', 'sender', 'service']),
  /** Token name, agent id, source address or service name. */
  id: z.string().min(1),
});
export type Actor = z.infer<typeof actorSchema>;

/** What every event says about itself beside its data. */
export const eventMetadataSchema = z.object({
  /** Version of the data's schema, from 1. */
  schemaVersion: z.int().positive(),
  /** When it happened, ISO-8601 UTC. */
  occurredAt: z.iso.datetime(),
  actor: actorSchema,
  /** Shared by everything that follows from one request. */
  correlationId: z.string().min(1),
  /** Id of the request or event that led to this one directly. */
  causationId: z.string().min(1).nullable(),
  /** W3C Trace Context. */
  traceparent: z.string().optional(),
});
export type EventMetadata = z.infer<typeof eventMetadataSchema>;

/** What a decision's caller knows about the cause of the events. */
export type EventContext = Omit<EventMetadata, 'schemaVersion'>;
