import type { Attempt } from '@mission-control/domain';
import type { Found, SessionReset } from '@mission-control/openclaw';

export type FoundMessages = Extract<Found, { kind: 'found' }>;

/** What was known about the session when the message was sent. undefined: nothing. */
export interface SessionSeen {
  readonly sessionId: string | null | undefined;
  readonly resetId: string | null | undefined;
}

/** What is known about a message apart from the look-up. */
export interface Evidence {
  readonly attempt: Attempt;
  /** The message under the current key is known to be lost, and another one is about to follow. */
  readonly lost: boolean;
  /** The process of the OpenClaw gateway that acknowledged the message; null: not known, or not acknowledged. */
  readonly bootId: string | null;
  readonly seen: SessionSeen;
  /** The earliest time at which a message may have been sent under the current key, milliseconds since 1970; null: none was sent. */
  readonly sentAfter: number | null;
}

/** The session has the message under that key. */
export interface Told {
  readonly kind: 'told';
  readonly key: string;
  readonly evidence: 'history' | 'receipt';
}

/**
 * - `told`: the session has the message.
 * - `pending`: the OpenClaw gateway has it, and may still lose it.
 * - `lost`: the OpenClaw gateway lost it. It is sent again under another key.
 * - `absent`: the OpenClaw gateway does not have it. It can be sent again under the same key: a process that is still about to store the
 *   message would recognise the repeat.
 * - `unknown`: it cannot be found out whether the session had it.
 * - `unseen`: a quick look-up has not found it, which proves nothing.
 */
export type Verdict =
  | Told
  | { readonly kind: 'pending' | 'absent' | 'unseen' }
  | { readonly kind: 'lost'; readonly reason: 'interrupted' | 'dropped' | 'gateway_restarted' }
  | { readonly kind: 'unknown'; readonly reason: 'session_reset' | 'history_incomplete' };

export const keysOf = ({ earlierKeys, idempotencyKey }: Attempt): readonly string[] => [
  ...earlierKeys,
  idempotencyKey,
];

/** @param complete whether the look-up was meant to search every row */
export const verdictOn = (evidence: Evidence, found: FoundMessages, complete: boolean): Verdict => {
  const { attempt, lost, bootId } = evidence;
  const keys = keysOf(attempt);
  for (const key of keys) {
    const where = found.keys.get(key);
    if (where === 'history') return { kind: 'told', key, evidence: 'history' };
    if (where === 'consumed') return { kind: 'told', key, evidence: 'receipt' };
  }
  if (keys.some((key) => ['queued', 'running'].includes(found.keys.get(key) ?? '')))
    return { kind: 'pending' };
  if (begunAnew(evidence, found)) return { kind: 'unknown', reason: 'session_reset' };
  const where = found.keys.get(attempt.idempotencyKey);
  if (!lost && (where === 'interrupted' || where === 'dropped')) return { kind: 'lost', reason: where };
  if (!found.complete && evidence.sentAfter !== null) {
    return complete ? { kind: 'unknown', reason: 'history_incomplete' } : { kind: 'unseen' };
  }
  const restarted = bootId !== null && found.bootId !== null && bootId !== found.bootId;
  return !lost && restarted ? { kind: 'lost', reason: 'gateway_restarted' } : { kind: 'absent' };
};

/** How far the clocks of the OpenClaw gateway and this machine may differ, milliseconds. */
const clocksDiffer = 60_000;

/** Whether the session may have been reset or replaced after the message was sent. Then its history proves nothing. */
const begunAnew = ({ seen, sentAfter }: Evidence, { sessionId, reset }: FoundMessages): boolean => {
  if (sentAfter === null) return false;
  if (typeof seen.sessionId === 'string' && seen.sessionId !== sessionId) return true;
  if (!reset) return false;
  return seen.resetId === undefined ? resetSince(reset, sentAfter) : reset.id !== seen.resetId;
};

const resetSince = ({ at }: SessionReset, sentAfter: number): boolean =>
  at === null || at >= sentAfter - clocksDiffer;
