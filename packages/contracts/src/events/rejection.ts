import { z } from 'zod';

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
