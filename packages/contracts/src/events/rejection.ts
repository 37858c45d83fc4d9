import { z } from 'zod';

/** Limits of a webhook's rejection stream, set in its metadata. Everything that shows rejections applies the same limits. */
export const rejectionBounds = { maxCount: 1_000, maxAgeSeconds: 2_592_000 } as const;

/** The names under which events store codes that the API has renamed since. */
const storedCodes: Readonly<Record<string, string>> = {
  too_many_rejected_requests: 'too_many_refused_requests',
  webhook_lookup_unavailable: 'look_up_not_possible',
};

/** @param code of a response to a sender */
export const storedRejectionCode = (code: string): string => storedCodes[code] ?? code;

/** The code of the response to the sender. */
export const rejectionCodeOf = (stored: string): string =>
  Object.keys(storedCodes).find((code) => storedCodes[code] === stored) ?? stored;

export const rejectionEvents = {
  /** A request to a known webhook that was not accepted. Never contains the body or secrets. */
  WebhookRequestRefused: z.object({
    webhookId: z.uuid(),
    boardId: z.uuid(),
    refusedAt: z.iso.datetime(),
    status: z.int(),
    /** As `storedRejectionCode` returns it. */
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
