import type { KnownWebhook } from './webhooks.ts';

/** What is known about a request so far, for the code that reports why it was rejected. */
export interface IngestRecord {
  /** null: not looked up, or unknown. */
  webhook: KnownWebhook | null;
  /** Whether the request's proof is valid, or the webhook needs none. A rejection after that is not a failed attempt. */
  proven: boolean;
  /** Bytes of the body read so far; null: none. */
  receivedBytes: number | null;
}

export const newIngestRecord = (): IngestRecord => ({ webhook: null, proven: false, receivedBytes: null });
