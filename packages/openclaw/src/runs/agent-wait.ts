import { z } from 'zod';
import type { GatewayLink } from '../link/gateway-link.ts';
import { type Rejected, type Unavailable, unavailable } from '../outcome.ts';
import type { RunEnd } from '../port.ts';
import { sentenceOf } from '../sentence.ts';
import { noReply, ok, skipped } from './run-end.ts';

const waitSchema = z.object({
  status: z.string(),
  endedAt: z.number().optional(),
  error: z.string().optional(),
  stopReason: z.string().optional(),
  terminalReceipt: z.unknown().optional(),
  terminalReply: z.object({ disposition: z.string() }).optional(),
});

type Waited = z.infer<typeof waitSchema>;

/** Why runs are stopped before their end. Other reasons are the model's own. */
const stops = new Set(['aborted', 'rpc', 'restart', 'user']);

export interface Asked {
  readonly kind: 'asked';
  /**
   * Null: nothing that proves an end. The gateway answers `ok` for every message whose request is done, even for lost ones, and `timeout`
   * for both running and unknown runs.
   */
  readonly end: RunEnd | null;
  /** Whether the message waits in the session's queue, or has left it. */
  readonly request: 'queued' | 'done' | 'unknown';
}

/**
 * Asks what the OpenClaw gateway's process remembers of a run.
 *
 * @param waitMs how long the gateway waits for the run's end before it answers
 */
export const askForEnd = async (
  link: GatewayLink,
  runId: string,
  waitMs: number,
  timeoutMs: number,
  secrets: readonly string[],
): Promise<Asked | Unavailable | Rejected> => {
  const answer = await link.request('agent.wait', { runId, timeoutMs: waitMs }, timeoutMs);
  if (answer.kind === 'doubt')
    return unavailable(answer.code === 'gateway_failed' ? 'gateway_unavailable' : answer.code, {
      detail: answer.detail,
    });
  if (answer.kind !== 'answered') return answer;
  const waited = waitSchema.safeParse(answer.payload);
  return waited.success
    ? { kind: 'asked', end: endOfWait(waited.data, secrets), request: requestOfWait(waited.data) }
    : unavailable('answer_unreadable');
};

const requestOfWait = ({ status, endedAt }: Waited): Asked['request'] => {
  if (status === 'pending') return 'queued';
  return status === 'ok' || status === 'error' || endedAt !== undefined ? 'done' : 'unknown';
};

const endOfWait = (waited: Waited, secrets: readonly string[]): RunEnd | null => {
  const detail = sentenceOf(waited.error, secrets);
  const reply = waited.terminalReply?.disposition;
  switch (waited.status) {
    case 'ok':
      if (reply === 'silent' || reply === 'empty') return noReply;
      return reply === undefined && waited.terminalReceipt === undefined ? null : ok;
    case 'error':
      if (waited.stopReason !== undefined && stops.has(waited.stopReason)) return skipped(waited.stopReason);
      // In a direct chat, OpenClaw reports an error if the agent said nothing, or only what is not shown.
      if (reply === 'silent' || reply === 'empty') return noReply;
      return reply === 'visible' ? ok : { outcome: 'error', code: null, detail };
    case 'timeout':
      return waited.endedAt === undefined ? null : { outcome: 'timed_out', code: null, detail };
    default:
      return null;
  }
};
