import { aggregates, loadAggregate } from '@mission-control/aggregates';
import { streams, type WebhookPayloadReceived } from '@mission-control/contracts';
import {
  type ActiveWebhook,
  type CoalescedEntry,
  coalescedTemplate,
  coalescedTemplates,
  payloadEventType,
} from '@mission-control/domain';
import { type EventStore, lastEvent } from '@mission-control/event-store';
import { type Cause, type Coalesced, readArrival } from './cause.ts';

/** Several payloads that are told together. */
export interface CoalescedContent {
  readonly kind: 'coalesced';
  /** Of the event that names them, in its stream. */
  readonly revision: number;
  /** Oldest first; at least one. */
  readonly entries: readonly CoalescedEntry[];
  /** How many payloads were removed. */
  readonly removed: number;
}

/** What a message tells of. */
export type MessageContent =
  | { readonly kind: 'payload'; readonly payload: WebhookPayloadReceived }
  | CoalescedContent;

/**
 * @param payload undefined: not read yet; null: its retention has ended
 * @param template of the message, if it has one already
 * @returns null if nothing is left to tell
 */
export const readContent = async (
  store: EventStore,
  { webhookId, arrivalRevision, coalesced }: Cause,
  payload: WebhookPayloadReceived | null | undefined,
  template = coalescedTemplate,
): Promise<MessageContent | null> => {
  if (coalesced) return readEntries(store, webhookId, coalesced, template);
  const told = payload === undefined ? await readArrival(store, webhookId, arrivalRevision) : payload;
  return told && { kind: 'payload', payload: told };
};

/** Whether nothing of it can be read any more. */
export const isErased = (content: MessageContent): boolean =>
  content.kind === 'payload' && content.payload.body.enc === 'erased';

const readTogether = 16;

/** Keeps only what the message says of each payload: the bodies of a thousand may not fit into memory. */
const readEntries = async (
  store: EventStore,
  webhookId: string,
  { revision, payloads }: Coalesced,
  template: number,
): Promise<MessageContent | null> => {
  // With a template that this release does not have, no text is made of them.
  const entryOf = (coalescedTemplates.get(template) ?? coalescedTemplates.get(coalescedTemplate))?.entry;
  if (!entryOf) return null;
  const webhookAt = webhooksOf(store, webhookId);
  const entries: CoalescedEntry[] = [];
  const total = payloads.length;
  for (let n = 0; n < total; n += readTogether) {
    const read = payloads.slice(n, n + readTogether).map(async ({ payloadId, arrivalRevision }, m) => {
      const [payload, mark] = await Promise.all([
        readArrival(store, webhookId, arrivalRevision),
        lastEvent(store, streams.delivery(payloadId)),
      ]);
      // The deliveries of a removed payload are tombstoned, and its arrival may be readable for longer.
      if (!payload || !mark || payload.body.enc === 'erased') return null;
      const webhook = await webhookAt(payload.webhookRevision);
      const eventType = payloadEventType(payload, webhook?.eventType);
      return entryOf({ payload, eventType, fields: webhook?.messageFields ?? [] }, { index: n + m, total });
    });
    for (const entry of await Promise.all(read)) if (entry) entries.push(entry);
  }
  return entries.length === 0
    ? null
    : { kind: 'coalesced', revision, entries, removed: total - entries.length };
};

/** The webhook as it was at the revisions of receipt: few different ones. null: it did not exist. */
const webhooksOf = (store: EventStore, webhookId: string) => {
  const known = new Map<number, Promise<ActiveWebhook | null>>();
  return (revision: number): Promise<ActiveWebhook | null> => {
    const webhook =
      known.get(revision) ??
      loadAggregate(store, aggregates.webhook, webhookId, revision).then(({ state }) =>
        state.status === 'active' ? state : null,
      );
    known.set(revision, webhook);
    return webhook;
  };
};
