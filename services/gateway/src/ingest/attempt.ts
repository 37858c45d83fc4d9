import type { KnownWebhook } from './webhooks.ts';

/** What became known of a request on its way, for whoever has to tell why it went no further. */
export interface Attempt {
  /** null: not looked up, or unknown. */
  webhook: KnownWebhook | null;
  /** Whether the webhook accepted the request's proof, or needs none: a rejection after that is not a failed attempt. */
  proven: boolean;
  /** Bytes of the body so far; null: nothing was read. */
  receivedBytes: number | null;
}

export const newAttempt = (): Attempt => ({ webhook: null, proven: false, receivedBytes: null });
