import type { QueueMode } from './messages.ts';

export interface SessionTiming {
  /** From the acknowledgement of an idle session's message to its row in the history. On a real OpenClaw gateway: 0.1–30 s. */
  readonly historyDelayMs: number;
  /** The row is not written before this resolves. Lets a test check the earlier state without a race. */
  readonly historyHeldUntil?: Promise<void> | undefined;
  /** Each call of the model takes that long. */
  readonly runMs: number;
  /** How messages that arrive during a run are handled, if they do not say so themselves. */
  readonly queueMode: QueueMode;
}

export const after = (ms: number, then: () => unknown): void => {
  if (ms > 0) setTimeout(then, ms).unref();
  else setImmediate(then);
};
