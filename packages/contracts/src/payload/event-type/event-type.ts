import type { WebhookPayloadReceived } from '../../events/payload.ts';
import type { WebhookSettingsIn } from '../../events/webhook-settings.ts';
import { type Content, type ContentSource, contentOf } from '../content/content.ts';
import type { Decoded } from '../content/decode.ts';
import { headerText } from '../header-text.ts';
import { valueAt } from '../json-pointer.ts';
import { redacted } from '../redaction.ts';
import { type Sender, sendersOf, usualTypes } from './senders.ts';
import { type EventTypePart, partsOfSetting } from './setting.ts';
import { typeOfParts, typePartOf } from './type-text.ts';

/** The fields of a payload's event that its event type is made of. */
export type EventTypeSource = ContentSource & Pick<WebhookPayloadReceived, 'headers' | 'verification'>;

export interface PayloadEventType {
  /** What the sender says happened, for example `pull_request.closed`: at most 200 harmless characters. null: nothing was found. */
  readonly type: string | null;
  /** The sender's name, from a fixed list; null: it is not a known one. Only as reliable as the payload's headers. */
  readonly sender: string | null;
}

/**
 * What the sender says happened, and who it is: a pure function of the event and of the webhook's setting at receipt. The body is decoded
 * only if it has to be. Never throws.
 *
 * A change of what this returns for the same arguments needs a higher version of the projections `payloads` and `memory`.
 *
 * @param content the payload's content, if the caller has it: a body is decoded once for all readers
 */
export const eventTypeOf = (
  payload: EventTypeSource,
  { eventType }: Pick<WebhookSettingsIn['event'], 'eventType'>,
  content?: Content,
): PayloadEventType => {
  const headers = firstValues(payload.headers);
  const { scheme } = payload.verification;
  const sender = sendersOf[scheme].find(({ sent }) => sent(headers));
  const name = sender?.name ?? null;
  if (eventType === 'off') return { type: null, sender: name };
  let known = content;
  const decoded = (): Decoded => {
    known ??= contentOf(payload);
    return known.decoded;
  };
  const firstOf = (settings: Sender['types']): string | null => {
    for (const parts of settings) {
      const type = typeOfParts(parts.map((part) => typePartOf(valueIn(part, headers, decoded))));
      if (type !== null) return type;
    }
    return null;
  };
  const type =
    eventType === 'scheme'
      ? (firstOf(sender?.types ?? []) ?? firstOf(usualTypes))
      : firstOf([partsOf(eventType)]);
  return { type, sender: name };
};

/** Redacted headers have their name only. */
const firstValues = (headers: WebhookPayloadReceived['headers']): Map<string, string> => {
  const values = new Map<string, string>();
  for (const [name, value] of headers) if (!values.has(name)) values.set(name, value);
  return values;
};

const valueIn = (
  part: EventTypePart,
  headers: ReadonlyMap<string, string>,
  decoded: () => Decoded,
): unknown => {
  if (part.from === 'header') {
    const value = headers.get(part.name);
    return value === undefined || value === redacted ? undefined : headerText(value);
  }
  const body = decoded();
  if (!('value' in body)) return undefined;
  if (part.from === 'body') return valueAt(body.value, part.tokens);
  return body.kind === 'json' ? undefined : valueAt(body.value, [part.field]);
};

const parsed = new Map<string, readonly EventTypePart[]>();
/** So many settings of webhooks are remembered. */
const mostParsed = 1_000;

const partsOf = (setting: string): readonly EventTypePart[] => {
  const known = parsed.get(setting);
  if (known) return known;
  const parts = partsOfSetting(setting);
  if (parsed.size >= mostParsed) parsed.clear();
  parsed.set(setting, parts);
  return parts;
};
