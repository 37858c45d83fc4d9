import { hash } from 'node:crypto';
import {
  asEvent,
  captureHeaders,
  type DomainEvent,
  defaultDedupeWindowSeconds,
  newFence,
  payloadIdOf,
  randomBytesAhead,
  wrapBody,
} from '@mission-control/contracts';
import type { Authorised } from './authorise.ts';

/** What is known of a request beside its webhook. */
export interface Received {
  readonly requestId: string;
  readonly sourceIp: string;
  /** As Node gives them: name, value, name, value, … */
  readonly rawHeaders: readonly string[];
}

export interface Arrival {
  readonly event: DomainEvent<'WebhookPayloadReceived'>;
  /** Whether the sender named the delivery, so that another arrival may share the payload id. */
  readonly named: boolean;
}

/** The fact that an accepted request arrived. Each arrival is one of its own; repeats share the payload id. */
export const arrivalOf = (
  { webhook, revision, verdict, scheme, request }: Authorised,
  received: Received,
  redactedHeaders: readonly string[],
): Arrival => {
  const { body, receivedAt } = request;
  const { webhookId, boardId } = webhook;
  const sha256 = hash('sha256', body, 'hex');
  const name = scheme.deliveryName(request, verdict);
  const windowSeconds = defaultDedupeWindowSeconds;
  const occurredAt = new Date(receivedAt).toISOString();
  const secretHeaders = [...scheme.signatureHeaders(request.signatureHeader), ...redactedHeaders];
  const event = asEvent(
    {
      type: 'WebhookPayloadReceived',
      data: {
        payloadId: payloadIdOf({ webhookId, verdict, sha256, name, windowSeconds, receivedAt }),
        boardId,
        webhookId,
        webhookRevision: revision,
        receivedAt: occurredAt,
        sourceIp: received.sourceIp,
        contentType: request.headers['content-type'] ?? null,
        headers: captureHeaders(received.rawHeaders, secretHeaders),
        body: wrapBody(body),
        size: body.length,
        sha256,
        verification: { verdict, scheme: webhook.signatureScheme },
        dedupe: { key: name?.key ?? null, source: name?.source ?? null, windowSeconds },
        fence: newFence(),
      },
    },
    {
      occurredAt,
      actor: { kind: 'sender', id: received.sourceIp },
      correlationId: received.requestId,
      causationId: null,
      traceparent: newTraceparent(),
    },
  );
  return { event, named: name !== null };
};

/** A trace that begins here (W3C Trace Context): a sender's own would let it write into ours. */
const newTraceparent = (): string => {
  const random = randomBytesAhead(24).toString('hex');
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`;
};
