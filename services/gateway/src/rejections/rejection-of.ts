import type { ActiveWebhook } from '@mission-control/domain';
import type { RejectedRequest } from '../ingest/answer-ingest.ts';
import type { Rejection } from './rejection-recorder.ts';

/** The record of a request to the webhook that has just been rejected. */
export const rejectionOf = (
  { webhookId, boardId }: ActiveWebhook,
  { request, sender, status, code }: Pick<RejectedRequest, 'request' | 'sender' | 'status' | 'code'>,
  receivedBytes: number | null,
): Rejection => ({
  webhookId,
  boardId,
  requestId: request.id,
  refusedAt: Date.now(),
  status,
  code,
  sourceIp: sender.ip,
  declaredBytes: declaredBytesOf(request.headers['content-length']),
  receivedBytes,
});

const declaredBytesOf = (contentLength: string | undefined): number | null => {
  const bytes = Number(contentLength ?? Number.NaN);
  return Number.isSafeInteger(bytes) && bytes >= 0 ? bytes : null;
};
