import { z } from 'zod';
import type { GatewayLink } from './link/gateway-link.ts';
import { type Rejected, type Unavailable, unavailable } from './outcome.ts';

/** In what form the OpenClaw gateway has a message, in the order of the message's life. */
type Evidence =
  /** Its run has begun, but its row is not written yet: if the gateway is killed now, it forgets the message. */
  | 'running'
  /** Stored, and waiting for the session's current run to end. */
  | 'queued'
  /** Stored, but a restart or a stop took away its turn. At most, the agent sees it as context of its next turn. */
  | 'interrupted'
  /** It is a row in the session's history. */
  | 'history';

export type Acceptance =
  | { readonly kind: 'yes'; readonly evidence: Evidence }
  | { readonly kind: 'no' }
  | Unavailable
  | Rejected;

export interface SentMessage {
  readonly sessionKey: string;
  readonly idempotencyKey: string;
}

/** The protocol's maximum. Rows are requested without their text (maxChars), so that a page stays small. */
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
 * Asks the OpenClaw gateway whether it has a message. Needed before sending again after a doubt: the gateway's own deduplication lasts
 * only while its process lives, and for five minutes after a run ends.
 *
 * Receipts (`inputReceipts`) cover messages that wait, and messages that the gateway merged into one turn, whose row has another key.
 * Rows are read from the newest back to the first of the session. A session that was reset in the meantime (`/new`) has a new history,
 * so the answer is `no`.
 *
 * After a `no` it is safe to send again with the *same* key, but not with another one: a request that the gateway has read but not yet
 * processed is not visible anywhere, but the same process would recognise its repeat.
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
        // The session key need not be canonical: both calls pass the same key to the gateway.
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
