import type { KnownWebhook } from './webhooks.ts';

/** What was learned about a request while it was processed, for the code that reports why it was rejected. */
export interface Attempt {
  /** null: not looked up, or unknown. */
  webhook: KnownWebhook | null;
  /** Whether the request's proof is valid, or the webhook needs none. A rejection after that is not a failed attempt. */
  proven: boolean;
  /** Bytes of the body read so far; null: none. */
  receivedBytes: number | null;
}

export const newAttempt = (): Attempt => ({ webhook: null, proven: false, receivedBytes: null });
