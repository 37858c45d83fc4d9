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
    /** Refusals left out since the last recorded one. */
    omitted: z.int().nonnegative(),
  }),
};
