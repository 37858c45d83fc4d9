import { z } from 'zod';
import type { GatewayLink } from './link/gateway-link.ts';
import { type Doubt, doubt, type Rejected, type Unavailable } from './outcome.ts';

export interface AgentMessage {
  /** As users write it: the OpenClaw gateway canonicalises it (`Foo` → `agent:main:foo`) and creates missing sessions. */
  readonly sessionKey: string;
  readonly message: string;
  /** The gateway uses it as the run's id. At most 256 characters, which is the limit for queries of the history. */
  readonly idempotencyKey: string;
}

/** The gateway has accepted the message, now or when it was sent earlier. */
interface Accepted {
  readonly kind: 'accepted';
  readonly runId: string;
  /** `started`; for a repeat `in_flight`, later `ok`, or `timeout` if the run was stopped. */
  readonly status: string;
}

export type SendOutcome = Accepted | Unavailable | Doubt | Rejected;

const acceptedSchema = z.object({ runId: z.string().min(1), status: z.string().min(1) });

export const sendMessage = async (
  link: GatewayLink,
  { sessionKey, message, idempotencyKey }: AgentMessage,
  timeoutMs: number,
): Promise<SendOutcome> => {
  // Keeps the agent's answer in its session: `deliver: true` would also post it to the channel that the session last used.
  const params = { sessionKey, message, idempotencyKey, deliver: false };
  const answer = await link.request('chat.send', params, timeoutMs);
  if (answer.kind !== 'answered') return answer;
  const accepted = acceptedSchema.safeParse(answer.payload);
  return accepted.success ? { kind: 'accepted', ...accepted.data } : doubt('answer_unreadable');
};
