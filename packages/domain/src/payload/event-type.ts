import {
  eventTypeOf,
  type PayloadEventType,
  type WebhookPayloadReceived,
  webhookDefaults,
} from '@mission-control/contracts';

const known = new WeakMap<
  WebhookPayloadReceived,
  { readonly setting: string; readonly found: PayloadEventType }
>();

/**
 * What the sender says happened, by the setting that was in force at receipt. It is found once for all projections that need it.
 *
 * @param setting `eventType` of the webhook; default: that of webhooks that do not set it
 */
export const payloadEventType = (
  payload: WebhookPayloadReceived,
  setting: string = webhookDefaults.eventType,
): PayloadEventType => {
  const before = known.get(payload);
  if (before?.setting === setting) return before.found;
  const found = eventTypeOf(payload, { eventType: setting });
  known.set(payload, { setting, found });
  return found;
};

const tagPrefix = 'event:';

/** The tag of a board memory entry about a payload with this event type. */
export const eventTag = (type: string): string => `${tagPrefix}${type}`;

/** The event type in the tags of an entry; null: it has none. */
export const eventTypeOfTags = (tags: readonly string[]): string | null =>
  tags.find((tag) => tag.startsWith(tagPrefix))?.slice(tagPrefix.length) ?? null;
