import { hash } from 'node:crypto';
import type { Branch } from '@mission-control/content-keys';
import {
  asEvent,
  type Content,
  captureHeaders,
  type DeliveryName,
  type DomainEvent,
  newFence,
  newOrderedId,
  payloadIdOf,
  randomBytesAhead,
  redacted,
  wrapBody,
} from '@mission-control/contracts';
import { deliveryNameOf, schemes } from '@mission-control/signatures';
import { traceparentOf } from '@mission-control/telemetry';
import type { Authorised, Claim } from './authorise.ts';

/** The other parts of a request that are recorded. */
export interface Received {
  readonly requestId: string;
  /** In Node's format: name, value, name, value, … */
  readonly rawHeaders: readonly string[];
}

export interface Arrival {
  readonly event: DomainEvent<'WebhookPayloadReceived'>;
  /** Whether the sender named the delivery. If so, another arrival may share the payload id. */
  readonly named: boolean;
}

interface Recording {
  /** More header names to redact, in lower case. */
  readonly redactedHeaders: readonly string[];
  /** Encrypts the content; null: it is stored in the clear. */
  readonly branch: Branch | null;
}

/** The event for an accepted request. Each arrival has its own event; repeats share the payload id. */
export const arrivalOf = (
  { webhook, revision, proof }: Authorised,
  claim: Claim,
  content: Content,
  { requestId, rawHeaders }: Received,
  { redactedHeaders, branch }: Recording,
): Arrival => {
  const { body, headers, received, receivedAt, sourceIp } = claim;
  const { webhookId, boardId, signatureScheme, dedupeWindowSeconds: windowSeconds } = webhook;
  const { verdict } = proof;
  const sha256 = hash('sha256', body, 'hex');
  // Compressing the same content twice may give different bytes, so an encoded body is identified by its content.
  const inflated = received.encoding && {
    encoding: received.encoding,
    size: content.bytes.length,
    sha256: hash('sha256', content.bytes, 'hex'),
  };
  const name = deliveryNameOf(signatureScheme, { headers, content }, verdict, webhook.dedupe);
  const occurredAt = new Date(receivedAt).toISOString();
  const eventId = newOrderedId();
  const recorded = recordedName(name, redactedHeaders);
  const secretHeaders = schemes[signatureScheme].secretHeaders(webhook);
  const contents = contentMembers(
    {
      sourceIp,
      contentType: headers['content-type'] ?? null,
      headers: captureHeaders(rawHeaders, [...secretHeaders, ...redactedHeaders], chosenHeader(webhook)),
      deliveryName: recorded.key,
      body,
    },
    branch && ((plain) => branch.encrypt({ webhookId, eventId }, plain)),
  );
  const event = asEvent(
    {
      type: 'WebhookPayloadReceived',
      data: {
        payloadId: payloadIdOf({
          webhookId,
          verdict,
          sha256: inflated?.sha256 ?? sha256,
          name,
          dedupeDiffering: webhook.dedupeDiffering,
          windowSeconds,
          receivedAt,
        }),
        boardId,
        webhookId,
        webhookRevision: revision,
        receivedAt: occurredAt,
        ...contents.members,
        size: body.length,
        sha256,
        ...(inflated && { inflated }),
        verification: { ...proof, scheme: signatureScheme },
        dedupe: { key: contents.deliveryName, source: recorded.source, windowSeconds },
        fence: newFence(),
      },
    },
    {
      occurredAt,
      actor: { kind: 'sender', id: webhookId },
      correlationId: requestId,
      causationId: null,
      traceparent: traceparentOf() ?? newTraceparent(),
    },
    eventId,
  );
  return { event, named: name !== null };
};

type Encrypt = (plain: Parameters<Branch['encrypt']>[1]) => ReturnType<Branch['encrypt']>;

/** The members of the event with content. If it is encrypted, all of it is in the body. */
const contentMembers = (plain: Parameters<Encrypt>[0], encrypt: Encrypt | null) => {
  const { body, deliveryName, ...others } = plain;
  return encrypt
    ? {
        members: { sourceIp: null, contentType: null, headers: [], body: encrypt(plain) },
        deliveryName: null,
      }
    : { members: { ...others, body: wrapBody(body) }, deliveryName };
};

const chosenHeader = ({ dedupe }: Authorised['webhook']): string | null =>
  dedupe.startsWith('header:') ? dedupe.slice('header:'.length) : null;

/** A name from a header that the operator redacts still identifies the payload, but is not recorded. */
const recordedName = (name: DeliveryName | null, redactedHeaders: readonly string[]) => {
  if (!name) return { key: null, source: null };
  const isRedacted = redactedHeaders.some((header) => name.source === `header:${header}`);
  return { key: isRedacted ? redacted : name.key, source: name.source };
};

/** Starts a new trace (W3C Trace Context) if the request has none. With the sender's own traceparent it could write into our traces. */
const newTraceparent = (): string => {
  const random = randomBytesAhead(24).toString('hex');
  return `00-${random.slice(0, 32)}-${random.slice(32)}-01`;
};
