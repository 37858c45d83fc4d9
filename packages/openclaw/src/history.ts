import { z } from 'zod';
import type { GatewayLink } from './link/link.ts';
import { type Refused, type Unavailable, unavailable } from './outcome.ts';

/** How a gateway knows a message, in the order of its life. */
type Evidence =
  /** Its run has begun and the row is not written: the gateway forgets it if it is killed now. */
  | 'running'
  /** Stored; it waits for the session's present run to end. */
  | 'queued'
  /** Stored, and cut off from its turn by a restart or a stop. The agent sees it as context of its next turn at most. */
  | 'interrupted'
  /** A row of the session's history. */
  | 'history';

export type Acceptance =
  | { readonly kind: 'yes'; readonly evidence: Evidence }
  | { readonly kind: 'no' }
  | Unavailable
  | Refused;

export interface SentMessage {
  readonly sessionKey: string;
  readonly idempotencyKey: string;
}

/** The protocol's most. Rows are asked for without their text (maxChars), so that a page stays small. */
const rowsPerPage = 1_000;

const pageSchema = z.object({
  messages: z.array(z.unknown()),
  sessionInfo: z.object({ activeRunIds: z.array(z.string()).optional() }).optional(),
  pendingInputs: z
    .object({ items: z.array(z.object({ runId: z.string().optional(), state: z.string() })) })
    .optional(),
  inputReceipts: z.array(z.object({ runId: z.string(), state: z.enum(['pending', 'consumed']) })).optional(),
  hasMore: z.boolean().optional(),
  nextOffset: z.int().optional(),
});

type Page = z.infer<typeof pageSchema>;

const rowSchema = z.object({ idempotencyKey: z.string() });

/**
 * Asks the gateway whether it has a message. Needed before sending again after a doubt: the gateway's own deduplication
 * lasts as long as its process, and five minutes after a run's end.
 *
 * Receipts (`inputReceipts`) answer for messages that wait, and for those the gateway merged into one turn, whose row
 * carries another key. Rows are read back from the newest to the first of the session; a session that was reset in between
 * (`/new`) has a new history, and the answer is `no`.
 *
 * A `no` is safe to act on with the *same* key, not with another: a request the gateway has read and not yet worked on
 * shows nowhere, but the same process would recognise its repeat.
 *
 * @param timeoutMs for all pages together
 */
export const wasAccepted = async (
  link: GatewayLink,
  { sessionKey, idempotencyKey }: SentMessage,
  timeoutMs: number,
): Promise<Acceptance> => {
  const deadline = Date.now() + timeoutMs;
  let offset: number | undefined;
  for (;;) {
    const answer = await link.request(
      'chat.history',
      {
        sessionKey,
        limit: rowsPerPage,
        maxChars: 1,
        // Canonical keys need no care here: both calls give the gateway the same key.
        ...(offset === undefined ? { inputRunIds: [idempotencyKey] } : { offset }),
      },
      deadline - Date.now(),
    );
    if (answer.kind === 'doubt')
      return unavailable(answer.code === 'gateway_failed' ? 'gateway_unavailable' : answer.code);
    if (answer.kind !== 'answered') return answer;
    const page = pageSchema.safeParse(answer.payload);
    if (!page.success) return unavailable('answer_unreadable');
    const evidence = evidenceIn(page.data, idempotencyKey);
    if (evidence) return { kind: 'yes', evidence };
    if (page.data.hasMore !== true) return { kind: 'no' };
    const { nextOffset } = page.data;
    if (nextOffset === undefined || nextOffset <= (offset ?? 0)) return unavailable('answer_unreadable');
    offset = nextOffset;
  }
};

const evidenceIn = (page: Page, key: string): Evidence | null => {
  if (page.messages.some((row) => rowSchema.safeParse(row).data?.idempotencyKey === `${key}:user`))
    return 'history';
  const receipt = page.inputReceipts?.find(({ runId }) => runId === key);
  if (receipt?.state === 'consumed') return 'history';
  const waiting = page.pendingInputs?.items.find(({ runId }) => runId === key);
  if (waiting) return waiting.state === 'queued' ? 'queued' : 'interrupted';
  if (receipt) return 'queued';
  return page.sessionInfo?.activeRunIds?.includes(key) ? 'running' : null;
};
