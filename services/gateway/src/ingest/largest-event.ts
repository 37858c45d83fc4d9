import type { LargestEvent } from '@mission-control/event-store';

/** Headers of a request (16 KiB at most) as JSON, and the other fields of the event, with its metadata. */
const besideTheBody = 64 * 1024;

/** What the event of an arrival has at most, in bytes: a body that is no text is stored as base64. */
export const largestEventOf = (maxPayloadBytes: number): LargestEvent => ({
  bytes: Math.ceil(maxPayloadBytes / 3) * 4 + besideTheBody,
  setting: 'WEBHOOK_MAX_PAYLOAD_BYTES',
});
