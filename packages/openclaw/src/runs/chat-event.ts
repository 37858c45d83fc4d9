import { z } from 'zod';
import type { RunEnd } from '../port.ts';
import { sentenceOf } from '../sentence.ts';
import { codeOf, ok, skipped } from './run-end.ts';

const errorDetailSchema = z
  .object({
    failoverReason: z.string(),
    providerErrorType: z.string(),
    httpStatus: z.int(),
  })
  .partial();

/** The part of the protocol's ChatEvent that describes a run. */
export const chatEventSchema = z.object({
  runId: z.string().min(1),
  sessionKey: z.string().min(1),
  state: z.enum(['status', 'delta', 'final', 'aborted', 'error']),
  stopReason: z.string().optional(),
  message: z.unknown().optional(),
  errorMessage: z.string().optional(),
  errorKind: z.string().optional(),
  errorDetail: errorDetailSchema.optional().catch(undefined),
});

export type ChatEvent = z.infer<typeof chatEventSchema>;

/**
 * How a run ended, as far as its event shows.
 *
 * - `going`: it has begun. The first such event comes when the message's row is written.
 * - `left`: nothing ended. A `final` with neither message nor stop reason only means that the request is done: the message was queued, merged
 *   into another run, or even lost.
 * - `silent`: the agent may have decided not to answer, or may have failed to. The next event reports both as an error. `agent.wait` knows
 *   which.
 */
export const endOfChatEvent = (
  event: ChatEvent,
  secrets: readonly string[],
): RunEnd | 'going' | 'left' | 'silent' => {
  switch (event.state) {
    case 'status':
    case 'delta':
      return 'going';
    case 'final':
      return event.message === undefined && event.stopReason === undefined ? 'left' : ok;
    case 'aborted':
      return event.stopReason === 'stop' ? 'silent' : skipped(event.stopReason);
    case 'error':
      return {
        outcome: event.errorKind === 'timeout' ? 'timed_out' : 'error',
        code: errorCodeOf(event),
        detail: sentenceOf(event.errorMessage, secrets),
      };
    default:
      return event.state satisfies never;
  }
};

const errorCodeOf = ({ errorKind, errorDetail = {} }: ChatEvent): string | null => {
  const { failoverReason, providerErrorType, httpStatus } = errorDetail;
  const known = (code: string | undefined) => (code === 'unknown' ? null : codeOf(code));
  return (
    known(failoverReason) ??
    known(errorKind) ??
    codeOf(providerErrorType) ??
    (httpStatus === undefined ? null : `http_${httpStatus}`)
  );
};
