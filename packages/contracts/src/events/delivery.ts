import { z } from 'zod';

/**
 * Deliveries of one payload, or of several that are told together. A delivery is identified by the event that caused it: an arrival, a
 * `PayloadsCoalesced` or a redelivery request. These events contain only ids, codes and an OpenClaw gateway's sentences about errors, never
 * content.
 */
const delivery = {
  /** The id of the event `PayloadsCoalesced`, if it names several payloads. */
  payloadId: z.uuid(),
  boardId: z.uuid(),
  webhookId: z.uuid(),
  deliveryId: z.uuid(),
};

/** The revision of `PayloadsCoalesced` in the webhook's stream of them. Absent: the delivery is of one payload. */
const coalescedRevision = z.int().nonnegative().optional();

/** The OpenClaw gateway's own sentence about an error. Control characters and directives are escaped. */
export const gatewaySentence = z.string().max(200);

/** A message of a delivery, under the key that it was sent with. */
const message = {
  ...delivery,
  agentId: z.uuid(),
  gatewayId: z.uuid(),
  sessionKey: z.string(),
  idempotencyKey: z.string(),
  runId: z.string().nullable(),
  /** From 1. */
  attempt: z.int().positive(),
  /** The OpenClaw gateway had lost an earlier message of this delivery. */
  sentAgain: z.boolean(),
};

export const deliveryEvents = {
  RedeliveryRequested: z.object({
    payloadId: z.uuid(),
    boardId: z.uuid(),
    webhookId: z.uuid(),
    /** The arrival to deliver; the first one of several. */
    arrivalRevision: z.int().nonnegative(),
    coalescedRevision,
    /** null: the agent that the webhook's configuration names. */
    agentId: z.uuid().nullable(),
    reason: z.string(),
    /** The replay that requested it; absent: it was requested on its own. */
    replayId: z.uuid().optional(),
  }),
  /**
   * Appended before a delivery's first send. Every attempt renders the same bytes from it. A second one for the same delivery replaces the
   * first, with another template and key.
   */
  DeliveryAttempted: z.object({
    ...delivery,
    arrivalRevision: z.int().nonnegative(),
    coalescedRevision,
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
    /** Version of the message template; of the one for several payloads, if there is a `coalescedRevision`. */
    template: z.int().positive(),
    baseUrl: z.string(),
    /** SHA-256 of the message's UTF-8 bytes, hex. */
    textSha256: z.string().regex(/^[0-9a-f]{64}$/),
    /** The read link in the message: the key that signs it, and when it expires. Absent: there is none. */
    readLink: z.object({ keyId: z.uuid(), expiresAt: z.iso.datetime() }).optional(),
  }),
  DeliveryAttemptFailed: z.object({
    ...delivery,
    /** From 1. */
    attempt: z.int().positive(),
    code: z.string(),
    gatewayCode: z.string().nullable(),
    /** When the next attempt is due; null: there is none. */
    retryAt: z.iso.datetime().nullable(),
    detail: gatewaySentence.optional(),
  }),
  /**
   * The OpenClaw gateway acknowledged the message. It may still lose it. Left out if the session is already known to have the message
   * at that time.
   */
  MessageSent: z.object({
    ...message,
    /** The process of the OpenClaw gateway that acknowledged it; null: it does not name its processes. */
    bootId: z.string().nullable(),
    /** The OpenClaw gateway's id of the session when the message was sent; null: there was no session. Absent: not known. */
    sessionId: z.string().nullable().optional(),
  }),
  /** The session has the message: it is in the history, or its input receipt says that it was consumed. */
  MessageConfirmed: z.object({ ...message, evidence: z.enum(['history', 'receipt']) }),
  /** The OpenClaw gateway lost the message under this key. Another attempt with another key follows. */
  MessageLost: z.object({
    ...delivery,
    idempotencyKey: z.string(),
    /** `dropped`: the queue of the session overflowed, and the agent saw at most one line of the message. */
    reason: z.enum(['interrupted', 'gateway_restarted', 'dropped']),
  }),
  /** It cannot be determined whether the session had the message. It is never sent again. */
  DeliveryOutcomeUnknown: z.object({ ...delivery, reason: z.enum(['session_reset', 'history_incomplete']) }),
  /** What became of the agent's run on the message. `unknown`: it could not be determined, and is no longer looked for. */
  AgentRunEnded: z.object({
    ...delivery,
    runId: z.string().nullable(),
    outcome: z.enum(['ok', 'error', 'skipped', 'no_reply', 'timed_out', 'unknown']),
    /** The code of the OpenClaw gateway or of the model's provider. */
    code: z.string().nullable(),
    detail: gatewaySentence.nullable(),
  }),
  /** Written by releases that did not confirm messages: the OpenClaw gateway acknowledged the message. */
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
    /** The arrival that was to be delivered; the first one of several. */
    arrivalRevision: z.int().nonnegative(),
    coalescedRevision,
    reason: z.string(),
    detail: gatewaySentence.optional(),
  }),
  /**
   * The arrival is told together with others, by a delivery that `PayloadsCoalesced` causes. Appended before that event, at an exact revision:
   * only an arrival whose own delivery has not begun can be told with others, and then it never begins.
   */
  DeliveryCoalesced: z.object(delivery),
  /** The webhook's rules say that no agent is told. */
  DeliveryFiltered: z.object({
    ...delivery,
    arrivalRevision: z.int().nonnegative(),
    /** The webhook's revision whose rule decided. */
    webhookRevision: z.int().nonnegative(),
    /**
     * `notify_when`: the expression was false. `discarded`: it was parked while delivery was paused. `told_too_often` (since version 2): the
     * webhook had told its agent as often as it may in a minute.
     */
    reason: z.enum(['notify_when', 'ignored_actor', 'discarded', 'told_too_often']),
  }),
  /** An expression of the webhook had no result for this delivery, so the agent is told. */
  DeliveryFilterFailed: z.object({
    ...delivery,
    webhookRevision: z.int().nonnegative(),
    /** `coalesce.key`: the payload has no key, so it is told alone. Absent: `notify_when`. */
    setting: z.literal('coalesce.key').optional(),
    /** `error`: while it was evaluated. `not_bool`: its result. `timeout`, `memory`: a limit. `suspended`: it was not run, because it had reached limits too often. */
    code: z.enum(['error', 'not_bool', 'timeout', 'memory', 'suspended']),
    /** What the evaluation said. Control characters and directives are escaped. */
    detail: z.string().max(200).optional(),
  }),
  /** The delivery ended without success: the OpenClaw gateway rejected the message, or the message can no longer be made. */
  DeliveryFailed: z.object({
    ...delivery,
    reason: z.string(),
    gatewayCode: z.string().nullable(),
    detail: gatewaySentence.optional(),
  }),
};
