import { z } from 'zod';

const webhookId = z.uuid();
const boardId = z.uuid();

/**
 * Which payloads of a webhook were removed. A removed payload never comes back: a later arrival with its id leaves no row. The events have
 * a stream of their own, because the webhook's own stream is read whenever its configuration is needed.
 */
export const removalEvents = {
  /**
   * The retention of these payloads has ended. The payload stream is truncated up to and including the revision afterwards. Each such event
   * names at most some hundred payloads.
   */
  WebhookPayloadsExpired: z.object({
    webhookId,
    boardId,
    upToRevision: z.int().nonnegative(),
    /** Absent: none. No release has appended such an event without them. */
    payloadIds: z.array(z.uuid()).readonly().optional(),
    /** Those of them that no agent had been told of; their deliveries ended first. */
    undeliveredIds: z.array(z.uuid()).readonly().optional(),
  }),
  /** An admin deleted the payload. Its arrivals stay in the payload stream until that is truncated or tombstoned. */
  WebhookPayloadDeleted: z.object({
    webhookId,
    boardId,
    payloadId: z.uuid(),
    /** No agent had been told of it; its delivery ended first. */
    undelivered: z.boolean(),
  }),
};
