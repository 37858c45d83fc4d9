import type { IncomingMessage } from 'node:http';
import { Content, configurationLeaseMs } from '@mission-control/contracts';
import type { EventTooLarge } from '@mission-control/event-store';
import { schemes } from '@mission-control/signatures';
import { LRUCache } from 'lru-cache';
import type { Backend } from '../backend/backend.ts';
import type { SenderAddress } from '../source/sender-address.ts';
import { checkSource } from './allowed-sources.ts';
import { type Arrival, arrivalOf } from './arrival.ts';
import { type Authorised, authorise } from './authorise.ts';
import { readBody } from './body.ts';
import type { Capacity } from './capacity.ts';
import { checkEncoding, contentEncodingOf } from './content-encoding.ts';
import { Inflater } from './inflater.ts';
import type { IngestRecord } from './ingest-record.ts';
import type { IngestLimits } from './limits.ts';
import type { IngestMetrics } from './metrics.ts';
import { ReceivedBody } from './received-body.ts';
import { rejectionErrors } from './rejection-errors.ts';
import { checkHeaders } from './request-headers.ts';
import { storeArrival } from './store-arrival.ts';

export interface IngestOptions {
  readonly backend: Backend;
  readonly limits: IngestLimits;
  readonly capacity: Capacity;
  readonly metrics: IngestMetrics;
  readonly maxBytes: number;
  /** Called for each payload that is too large for the event store's current settings. */
  readonly onTooLargeForStore: (error: EventTooLarge) => void;
  /** More header names to redact, in lower case. */
  readonly redactedHeaders: readonly string[];
}

export interface IngestRequest {
  readonly message: IncomingMessage;
  readonly requestId: string;
  readonly sender: SenderAddress;
  readonly boardId: string;
  readonly webhookId: string;
  /** Filled in as the request is processed. */
  readonly record: IngestRecord;
}

/** The answer to a sender that verifies the URL before it sends events. There is nothing to store. */
interface ChallengeAnswer {
  readonly challenge: string;
}

interface AcceptedAnswer {
  readonly ok: true;
  readonly board_id: string;
  readonly webhook_id: string;
  readonly payload_id: string;
  /** Present if this process remembers an earlier arrival. This is a hint only: rely on the id to detect repeats. */
  readonly duplicate?: true;
}

/** What the sender is answered, with the headers that only this answer has. */
export interface IngestAnswer {
  readonly body: AcceptedAnswer | ChallengeAnswer;
  readonly headers: Readonly<Record<string, string>>;
}

const noHeaders = {};

/**
 * Creates the function that processes a webhook request. The order of its steps is part of the contract: the sender is told the first
 * reason for rejection.
 *
 * The function resolves once the payload is durable.
 * @throws ApiError for every response except success
 * @throws BodyIncomplete when the sender disconnected
 */
export const createIngest = (options: IngestOptions): ((request: IngestRequest) => Promise<IngestAnswer>) => {
  const { backend, limits, capacity, metrics, maxBytes, redactedHeaders } = options;
  const inflater = new Inflater(maxBytes);
  const recentPayloads = new LRUCache<string, true>({ max: 10_000 });

  const accepted = ({ event, named }: Arrival): AcceptedAnswer => {
    const { boardId, webhookId, payloadId } = event.data;
    const duplicate = named && recentPayloads.has(payloadId);
    if (named) recentPayloads.set(payloadId, true);
    return {
      ok: true,
      board_id: boardId,
      webhook_id: webhookId,
      payload_id: payloadId,
      ...(duplicate ? { duplicate: true } : {}),
    };
  };

  return async ({ message, requestId, sender, boardId, webhookId, record }) => {
    const receivedAt = Date.now();
    const { headers, rawHeaders } = message;
    checkHeaders(headers, maxBytes);
    const { state } = backend;
    if (state.kind === 'connecting') throw rejectionErrors.lookupUnavailable(state.lastError);
    const { store, webhooks, secrets, receipts, contents } = state;
    const slot = capacity.enter(sender.limitKey);
    try {
      const refresh = () => webhooks.refresh(boardId, webhookId);
      record.webhook = await webhooks.find(boardId, webhookId, sender.limitKey);
      capacity.assign(slot, record.webhook.webhook.webhookId);
      const encoding = contentEncodingOf(headers, record.webhook.webhook);
      if (encoding !== null) await checkEncoding(record.webhook, refresh, encoding);
      await checkSource(record.webhook, refresh, sender.ip);
      const body = await readBody(message, maxBytes, slot, record);
      // Reading a body may take a while, and configuration changes made meanwhile apply.
      const isOld = Date.now() - receivedAt > configurationLeaseMs;
      const known = isOld ? await webhooks.find(boardId, webhookId, sender.limitKey) : record.webhook;
      const received = new ReceivedBody(body, encoding, inflater, slot);
      const claim = { headers, body, receivedAt, sourceIp: sender.ip, received };
      const authorised = await authorise(known, refresh, claim, secrets);
      record.proven = true;
      const { webhook } = authorised;
      const counting = limits.countAccepted(webhook.webhookId);
      if (counting) await counting;
      try {
        const bytes = await received.content(provenBy(authorised.proof));
        const content = new Content(bytes, headers['content-type'] ?? null);
        const challenge = schemes[webhook.signatureScheme].urlVerification?.challengeOf(content);
        if (challenge) return { body: { challenge }, headers: noHeaders };
        const issueReceipt = receipts.begin(webhook, headers);
        const drawn = contents.branch(webhook);
        const branch = drawn instanceof Promise ? await drawn : drawn;
        const arrival = arrivalOf(
          authorised,
          claim,
          content,
          { requestId, rawHeaders },
          { redactedHeaders, branch },
        );
        await storeArrival(store, arrival, options.onTooLargeForStore);
        metrics.accepted(body.length);
        return { body: accepted(arrival), headers: issueReceipt ? await issueReceipt(arrival) : noHeaders };
      } catch (error) {
        await limits.uncountAccepted(webhook.webhookId);
        throw error;
      }
    } finally {
      slot.leave();
    }
  };
};

const provenBy = ({ verdict }: Authorised['proof']) => (verdict === 'verified' ? 'proven' : 'unproven');
