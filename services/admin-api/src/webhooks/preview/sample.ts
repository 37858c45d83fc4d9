import { hash } from 'node:crypto';
import {
  captureHeaders,
  newFence,
  newOrderedId,
  type WebhookPayloadReceived,
  wrapBody,
} from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';

export interface Sample {
  /** JSON, or a text: then it is the body as it is. */
  readonly sample: unknown;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What a webhook would have stored of a sample. Nothing is verified. */
export const receivedSample = (
  { sample, headers }: Sample,
  { webhookId, boardId, signatureScheme, dedupeWindowSeconds }: ActiveWebhook,
): WebhookPayloadReceived => {
  const body = Buffer.from(typeof sample === 'string' ? sample : JSON.stringify(sample));
  const sent = Object.entries({ 'content-type': 'application/json', ...headers });
  return {
    payloadId: newOrderedId(),
    boardId,
    webhookId,
    webhookRevision: 0,
    receivedAt: new Date().toISOString(),
    sourceIp: '127.0.0.1',
    contentType: sent.find(([name]) => name === 'content-type')?.[1] ?? null,
    headers: captureHeaders(sent.flat(), []),
    body: wrapBody(body),
    size: body.length,
    sha256: hash('sha256', body),
    verification: { verdict: 'unverified', scheme: signatureScheme },
    dedupe: { key: null, source: null, windowSeconds: dedupeWindowSeconds },
    fence: newFence(),
  };
};
