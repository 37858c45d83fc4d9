import { z } from 'zod';
import type { GatewayLink } from './link/gateway-link.ts';
import { doubt } from './outcome.ts';
import type { AgentMessage, SendOutcome } from './port.ts';

const acceptedSchema = z.object({ runId: z.string().min(1), status: z.string().min(1) });

/**
 * What the OpenClaw gateway does with a message to a busy session (seen on 2026.9.6). Without this, its configuration decides.
 *
 * `steer` shows each message to the active run as a row of its own; 26 waiting messages were all delivered. `followup` and `collect` hold
 * 20: of 26 messages, they replaced the oldest 6 by one line stating how many. `interrupt` takes the turn from all but the newest.
 *
 * This is not a guarantee. A run that is just starting cannot be steered, so messages to a new session wait as with `followup`, in memory
 * only: of 29, the oldest 9 were dropped. So no more than 20 unconfirmed messages may be in a session.
 */
const queueMode = 'steer';

export const sendMessage = async (
  link: GatewayLink,
  { sessionKey, message, idempotencyKey }: AgentMessage,
  timeoutMs: number,
): Promise<SendOutcome> => {
  // Keeps the agent's answer in its session: `deliver: true` would also post it to the channel that the session last used.
  const params = { sessionKey, message, idempotencyKey, queueMode, deliver: false };
  const answer = await link.request('chat.send', params, timeoutMs, [message]);
  if (answer.kind !== 'answered') return answer;
  const accepted = acceptedSchema.safeParse(answer.payload);
  return accepted.success
    ? { kind: 'accepted', ...accepted.data, bootId: answer.bootId }
    : doubt('answer_unreadable');
};
