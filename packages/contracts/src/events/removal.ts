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
  /**
   * An admin erased the content of the payload's arrivals up to now: their keys are destroyed next. What is not content stays: ids, times,
   * sizes, digests, deliveries.
   */
  WebhookPayloadErased: z.object({
    webhookId,
    boardId,
    payloadId: z.uuid(),
    /** Why, in the admin's words. */
    reason: z.string().min(1),
    /** The arrivals, by their revisions in the payload stream. */
    revisions: z.array(z.int().nonnegative()).min(1).readonly(),
    /** No agent had been told of it; its delivery ended first. */
    undelivered: z.boolean(),
  }),
  /** The keys that `WebhookPayloadErased` names are destroyed. */
  WebhookPayloadErasureCompleted: z.object({
    webhookId,
    boardId,
    payloadId: z.uuid(),
    /** The id of the `WebhookPayloadErased` event. */
    erasureId: z.uuid(),
    /** How many arrivals cannot be decrypted any more. */
    erased: z.int().nonnegative(),
    /** Arrivals that were stored before encryption, or while it was off: by revision. Their content stays in the event store. */
    unencrypted: z.array(z.int().nonnegative()).readonly(),
  }),
};
