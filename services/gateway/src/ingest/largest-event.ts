import type { LargestEvent } from '@mission-control/event-store';

/** The request's headers (at most 16 KiB) as JSON, and the other fields of the event with its metadata. */
const besideTheBody = 64 * 1024;

/** The maximum size of an arrival's event, in bytes. A body that is not text is stored as base64. */
export const largestEventOf = (maxPayloadBytes: number): LargestEvent => ({
  bytes: Math.ceil(maxPayloadBytes / 3) * 4 + besideTheBody,
  setting: 'WEBHOOK_MAX_PAYLOAD_BYTES',
});
