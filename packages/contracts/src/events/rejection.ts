import { z } from 'zod';

/** Limits of a webhook's rejection stream, set in its metadata. Everything that shows rejections applies the same limits. */
export const rejectionBounds = { maxCount: 1_000, maxAgeSeconds: 2_592_000 } as const;

export const rejectionEvents = {
  /** A request to a known webhook that was not accepted. Never contains the body or secrets. */
  WebhookRequestRefused: z.object({
    webhookId: z.uuid(),
    boardId: z.uuid(),
    refusedAt: z.iso.datetime(),
    status: z.int(),
    code: z.string(),
    sourceIp: z.string(),
    declaredBytes: z.int().nonnegative().nullable(),
    receivedBytes: z.int().nonnegative().nullable(),
    /** Why verification failed, if that is the reason for the rejection. */
    cause: z.string().optional(),
    /** Names of the request's headers, never their values, if none of them contained the proof. */
    headerNames: z.array(z.string()).readonly().optional(),
    /** Number of rejections that were not recorded since the last recorded one. */
    omitted: z.int().nonnegative(),
  }),
};
