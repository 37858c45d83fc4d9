import { z } from 'zod';
import type { GatewayLink } from './link/link.ts';
import { type Doubt, doubt, type Refused, type Unavailable } from './outcome.ts';

export interface AgentMessage {
  /** As the gateway's users write it: the gateway canonicalises (`Foo` → `agent:main:foo`) and makes missing sessions. */
  readonly sessionKey: string;
  readonly message: string;
  /** The gateway makes it the run's id. At most 256 characters, the most its history can be asked about. */
  readonly idempotencyKey: string;
}

/** The gateway has taken the message, now or when it was sent before. */
interface Accepted {
  readonly kind: 'accepted';
  readonly runId: string;
  /** `started`; for a repeat `in_flight`, later `ok`, or `timeout` where somebody stopped the run. */
  readonly status: string;
}

export type SendOutcome = Accepted | Unavailable | Doubt | Refused;

const acceptedSchema = z.object({ runId: z.string().min(1), status: z.string().min(1) });

export const sendMessage = async (
  link: GatewayLink,
  { sessionKey, message, idempotencyKey }: AgentMessage,
  timeoutMs: number,
): Promise<SendOutcome> => {
  // The agent's answer stays in its session: `deliver` would also post it to the channel the session last spoke on.
  const params = { sessionKey, message, idempotencyKey, deliver: false };
  const answer = await link.request('chat.send', params, timeoutMs);
  if (answer.kind !== 'answered') return answer;
  const accepted = acceptedSchema.safeParse(answer.payload);
  return accepted.success ? { kind: 'accepted', ...accepted.data } : doubt('answer_unreadable');
};
