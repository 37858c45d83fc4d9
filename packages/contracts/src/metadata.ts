import { z } from 'zod';

/** Who caused an event. `sender` is the system that posted to a webhook, `service` is one of our services acting on a fact. */
const actorSchema = z.object({
  kind: z.enum(['admin', 'agent', 'sender', 'service']),
  /** Token name, agent id, service name, or of a sender the webhook's id (of arrivals before encryption and of rejections: its address). */
  id: z.string().min(1),
});
export type Actor = z.infer<typeof actorSchema>;

/** The metadata of every event. */
export const eventMetadataSchema = z.object({
  /** Version of the data's schema, from 1. */
  schemaVersion: z.int().positive(),
  /** When it happened, ISO-8601 UTC. */
  occurredAt: z.iso.datetime(),
  actor: actorSchema,
  /** The same for everything that follows from one request. */
  correlationId: z.string().min(1),
  /** Id of the request or event that directly led to this event. */
  causationId: z.string().min(1).nullable(),
  /** W3C Trace Context. */
  traceparent: z.string().optional(),
});
export type EventMetadata = z.infer<typeof eventMetadataSchema>;

/** The metadata that the caller of a decision provides. */
export type EventContext = Omit<EventMetadata, 'schemaVersion'>;
