import { z } from 'zod';

/** What a webhook's rejection stream keeps, by its metadata: the newest events, and none older. What shows them keeps to the same. */
export const rejectionBounds = { maxCount: 1_000, maxAgeSeconds: 2_592_000 } as const;

export const rejectionEvents = {
  /** A request to a known webhook that was not accepted. Never holds body or secrets. */
  WebhookRequestRefused: z.object({
    webhookId: z.uuid(),
    boardId: z.uuid(),
    refusedAt: z.iso.datetime(),
    status: z.int(),
    code: z.string(),
    sourceIp: z.string(),
    declaredBytes: z.int().nonnegative().nullable(),
    receivedBytes: z.int().nonnegative().nullable(),
    /** Why the request is not proven, where it was rejected for that. */
    cause: z.string().optional(),
    /** Names of the request's headers, never values, where none of them carried the proof. */
    headerNames: z.array(z.string()).readonly().optional(),
    /** Refusals left out since the last recorded one. */
    omitted: z.int().nonnegative(),
  }),
};
