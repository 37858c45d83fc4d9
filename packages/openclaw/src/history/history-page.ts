import { z } from 'zod';
import type { GatewayLink } from '../link/gateway-link.ts';
import { type Rejected, type Unavailable, unavailable } from '../outcome.ts';

const rowSchema = z
  .object({
    role: z.string(),
    customType: z.string(),
    stopReason: z.string(),
    idempotencyKey: z.string(),
    timestamp: z.number(),
    content: z.unknown(),
    __openclaw: z.object({ id: z.string(), kind: z.string(), runId: z.string() }).partial().catch({}),
  })
  .partial();

/** A row of a session's history: a message, an answer of the agent, or a mark such as a reset. */
export type Row = z.infer<typeof rowSchema>;

const keyEnding = ':user';

/** The idempotency key of the message that the row holds; null: it is another kind of row. */
export const messageKeyOf = ({ idempotencyKey }: Row): string | null =>
  idempotencyKey?.endsWith(keyEnding) ? idempotencyKey.slice(0, -keyEnding.length) : null;

const pageSchema = z.object({
  sessionId: z.string().nullish(),
  messages: z.array(rowSchema.catch({})),
  sessionInfo: z
    .object({
      key: z.string(),
      activeRunIds: z.array(z.string()),
      hasActiveRun: z.boolean(),
      status: z.string(),
      lastRunId: z.string(),
      lastRunError: z.string(),
    })
    .partial()
    .optional(),
  inFlightRun: z.object({ runId: z.string().optional() }).optional(),
  pendingInputs: z
    .object({
      items: z.array(z.object({ runId: z.string().optional(), state: z.string() })),
      nextBefore: z.int().optional(),
    })
    .optional(),
  inputReceipts: z
    .array(
      z.object({
        runId: z.string(),
        state: z.enum(['pending', 'consumed']),
        consumedByEventId: z.string().optional(),
      }),
    )
    .optional(),
  hasMore: z.boolean().optional(),
  completeSnapshot: z.boolean().optional(),
  nextOffset: z.int().optional(),
});

export type HistoryPage = z.infer<typeof pageSchema> & { readonly bootId: string | null };

export interface PageRequest {
  readonly sessionKey: string;
  /** Rows, at most 1,000. */
  readonly limit: number;
  /** Characters of each text. Rows are needed for their keys, so texts are cut. */
  readonly maxChars: number;
  /** Rows to skip, counted from the newest. */
  readonly offset?: number;
  /** At most 50 keys, for receipts. */
  readonly inputRunIds?: readonly string[];
  readonly pendingBefore?: number;
}

/** One page of a session's history, oldest row first. The session key need not be canonical. */
export const readHistoryPage = async (
  link: GatewayLink,
  request: PageRequest,
  timeoutMs: number,
): Promise<HistoryPage | Unavailable | Rejected> => {
  const answer = await link.request('chat.history', request, timeoutMs);
  if (answer.kind === 'doubt')
    return unavailable(answer.code === 'gateway_failed' ? 'history_unavailable' : answer.code, {
      detail: answer.detail,
    });
  if (answer.kind !== 'answered') return answer;
  const page = pageSchema.safeParse(answer.payload);
  return page.success ? { ...page.data, bootId: answer.bootId } : unavailable('answer_unreadable');
};

/** The offset of the next older page; null if this one reaches back to the first row. */
export const olderOffset = (page: HistoryPage, offset: number): number | 'unreadable' | null => {
  if (page.hasMore !== true) return null;
  return page.nextOffset !== undefined && page.nextOffset > offset ? page.nextOffset : 'unreadable';
};

/** Whether the page says that there is nothing older. Some histories are not paginated. */
export const reachesBack = (page: HistoryPage): boolean =>
  page.hasMore === false || (page.hasMore === undefined && page.completeSnapshot === true);
