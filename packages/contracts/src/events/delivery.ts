import { z } from 'zod';

/**
 * Deliveries of one payload. A delivery is named by the event that asked for it: the arrival, or a redelivery request.
 * These events hold ids and codes only, never content.
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
    /** The arrival to tell of. */
    arrivalRevision: z.int().nonnegative(),
    /** null: whom the webhook's configuration names. */
    agentId: z.uuid().nullable(),
    reason: z.string(),
  }),
  /**
   * Comes before the first send of a delivery: from it every attempt renders the same bytes. A second one of the same delivery replaces
   * the first, with another template and key.
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
    /** Of the message's UTF-8 bytes, hex. */
    textSha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  DeliveryAttemptFailed: z.object({
    ...delivery,
    /** From 1. */
    attempt: z.int().positive(),
    code: z.string(),
    gatewayCode: z.string().nullable(),
    /** When the next attempt is due; null: none. */
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
  /** Nobody could be told, yet a change of configuration or a healthy gateway may mend it. */
  DeliveryParked: z.object({
    ...delivery,
    /** The arrival that was to be told of. */
    arrivalRevision: z.int().nonnegative(),
    reason: z.string(),
  }),
  /** The gateway refused for good. */
  DeliveryFailed: z.object({ ...delivery, reason: z.string(), gatewayCode: z.string().nullable() }),
};
