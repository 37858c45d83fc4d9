import { z } from 'zod';

/**
 * Deliveries of one payload. A delivery is identified by the event that caused it: an arrival or a redelivery request. These events
 * contain only ids and codes, never content.
 */
const delivery = {
  payloadId: z.uuid(),
  boardId: z.uuid(),
  webhookId: z.uuid(),
  deliveryId: z.uuid(),
};

export const deliveryEvents = {
  RedeliveryRequested: z.object({
    payloadId: z.uuid(),
    boardId: z.uuid(),
    webhookId: z.uuid(),
    /** The arrival to deliver. */
    arrivalRevision: z.int().nonnegative(),
    /** null: the agent that the webhook's configuration names. */
    agentId: z.uuid().nullable(),
    reason: z.string(),
  }),
  /**
   * Appended before a delivery's first send. Every attempt renders the same bytes from it. A second one for the same delivery replaces the
   * first, with another template and key.
   */
  DeliveryAttempted: z.object({
    ...delivery,
    arrivalRevision: z.int().nonnegative(),
    agentId: z.uuid(),
    gatewayId: z.uuid(),
    sessionKey: z.string(),
    idempotencyKey: z.string(),
    revisions: z.object({
      board: z.int().nonnegative(),
      webhook: z.int().nonnegative(),
      agent: z.int().nonnegative(),
      gateway: z.int().nonnegative(),
    }),
    /** Version of the message template. */
    template: z.int().positive(),
    baseUrl: z.string(),
    /** SHA-256 of the message's UTF-8 bytes, hex. */
    textSha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  DeliveryAttemptFailed: z.object({
    ...delivery,
    /** From 1. */
    attempt: z.int().positive(),
    code: z.string(),
    gatewayCode: z.string().nullable(),
    /** When the next attempt is due; null: there is none. */
    retryAt: z.iso.datetime().nullable(),
  }),
  AgentTold: z.object({
    ...delivery,
    agentId: z.uuid(),
    sessionKey: z.string(),
    runId: z.string().nullable(),
    /** From 1. */
    attempt: z.int().positive(),
  }),
  /** The agent could not be told, but a change of configuration or a healthy OpenClaw gateway may make the delivery possible. */
  DeliveryParked: z.object({
    ...delivery,
    /** The arrival that was to be delivered. */
    arrivalRevision: z.int().nonnegative(),
    reason: z.string(),
  }),
  /** The delivery ended without success: the OpenClaw gateway rejected the message, or the message can no longer be made. */
  DeliveryFailed: z.object({ ...delivery, reason: z.string(), gatewayCode: z.string().nullable() }),
};
