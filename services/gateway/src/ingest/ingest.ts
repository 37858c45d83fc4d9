import type { IncomingMessage } from 'node:http';
import type { EventStore } from '@mission-control/event-store';
import { LRUCache } from 'lru-cache';
import type { SenderAddress } from '../source/sender-address.ts';
import { arrivalOf } from './arrival.ts';
import { authorise } from './authorise.ts';
import { readBody } from './body.ts';
import type { Capacity } from './capacity.ts';
import type { IngestLimits } from './limits.ts';
import type { IngestMetrics } from './metrics.ts';
import { refusals } from './refusals.ts';
import { checkHeaders } from './request-headers.ts';
import type { Secrets } from './secrets.ts';
import { storeArrival } from './store-arrival.ts';
import type { Webhooks } from './webhooks.ts';

/** What of ingest hangs on the event store. */
export interface IngestBackend {
  readonly store: EventStore;
  readonly webhooks: Webhooks;
  readonly secrets: Secrets;
}

export interface IngestOptions {
  /** null until the event store could be reached. */
  readonly backend: () => IngestBackend | null;
  readonly limits: IngestLimits;
  readonly capacity: Capacity;
  readonly metrics: IngestMetrics;
  readonly maxBytes: number;
  /** More header names to redact, lower case. */
  readonly redactedHeaders: readonly string[];
}

export interface IngestRequest {
  readonly message: IncomingMessage;
  readonly requestId: string;
  readonly sender: SenderAddress;
  readonly boardId: string;
  readonly webhookId: string;
}

export interface Accepted {
  readonly ok: true;
  readonly board_id: string;
  readonly webhook_id: string;
  readonly payload_id: string;
  /** Present where this process remembers an earlier arrival. A courtesy: correctness hangs on the id. */
  readonly duplicate?: true;
}

/**
 * Takes a webhook request in. The order of the steps is the contract: what a request is refused for first is what its sender is told.
 *
 * Resolves once the payload is durable.
 * @throws ApiError for every answer but 202
 * @throws BodyIncomplete when the sender went away
 */
export const createIngest = (options: IngestOptions): ((request: IngestRequest) => Promise<Accepted>) => {
  const { limits, capacity, metrics, maxBytes, redactedHeaders } = options;
  const recentPayloads = new LRUCache<string, true>({ max: 10_000 });

  return async ({ message, requestId, sender, boardId, webhookId }) => {
    const receivedAt = Date.now();
    const { headers, rawHeaders } = message;
    const asking = limits.admit(sender.limitKey);
    if (asking) await asking;
    checkHeaders(headers, maxBytes);
    const backend = options.backend();
    if (!backend) throw refusals.lookUpFailed(new Error('The event store has not been reached yet.'));
    const { store, webhooks, secrets } = backend;
    const place = capacity.enter(sender.limitKey);
    try {
      const known = await webhooks.find(boardId, webhookId);
      capacity.assign(place, known.webhook.webhookId);
      const body = await readBody(message, maxBytes, place);
      const findAnew = () => webhooks.findAnew(boardId, webhookId);
      const authorised = await authorise(known, findAnew, { headers, body, receivedAt }, secrets);
      const { webhook } = authorised;
      const counting = limits.takeShare(webhook.webhookId);
      if (counting) await counting;
      const arrival = arrivalOf(authorised, { requestId, sourceIp: sender.ip, rawHeaders }, redactedHeaders);
      try {
        await metrics.timeAppend(() => storeArrival(store, arrival, maxBytes));
      } catch (error) {
        await limits.giveShareBack(webhook.webhookId);
        throw error;
      }
      metrics.accepted(body.length);
      const { payloadId } = arrival.event.data;
      const duplicate = arrival.named && recentPayloads.has(payloadId);
      if (arrival.named) recentPayloads.set(payloadId, true);
      return {
        ok: true,
        board_id: webhook.boardId,
        webhook_id: webhook.webhookId,
        payload_id: payloadId,
        ...(duplicate ? { duplicate: true } : {}),
      };
    } finally {
      place.leave();
    }
  };
};
