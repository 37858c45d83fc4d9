import { z } from 'zod';

export const coalescingEvents = {
  /**
   * These payloads are told together. The event is the cause of one delivery, whose events are in the delivery stream of its id and name that
   * id as the payload. The arrivals cause no deliveries of their own (`DeliveryCoalesced`).
   */
  PayloadsCoalesced: z.object({
    webhookId: z.uuid(),
    boardId: z.uuid(),
    /** SHA-256 of what the payloads have in common, hex; null: the webhook names no key. */
    keySha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
    /** In the order of the log. No payload is named twice. */
    payloads: z
      .array(
        z.object({
          payloadId: z.uuid(),
          /** Of the arrival, in the payload stream. */
          arrivalRevision: z.int().nonnegative(),
          /** The arrival's event. */
          eventId: z.uuid(),
        }),
      )
      .min(1)
      .readonly(),
    /** The webhook's revision when the first of them arrived, whose limit of messages counts. Absent: there is no limit. */
    webhookRevision: z.int().nonnegative().optional(),
  }),
};
