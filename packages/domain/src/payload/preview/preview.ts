import type { PayloadEventType, WebhookPayloadReceived } from '@mission-control/contracts';
import { type PresentedPayload, presentPayload } from '../present.ts';
import { textFromTemplate } from './from-template.ts';
import { jsonPreview } from './of-json.ts';
import { textPreview } from './of-text.ts';
import { type PreviewRules, previewRules } from './rules.ts';
import { headerLines, onOneLine } from './telling-headers.ts';

/** The maximum number of characters of external data in a text. */
export const previewLength = 4_000;

/** What a preview is made from. */
export interface PreviewOf {
  readonly payload: WebhookPayloadReceived;
  readonly eventType: PayloadEventType;
  /** JSON pointers of the members that the webhook's admin wants to see first. */
  readonly fields: readonly string[];
  /** The admin's text with placeholders; absent or null: none. */
  readonly template?: string | null;
  /** Absent: the current ones. */
  readonly rules?: PreviewRules;
}

export interface Preview {
  /** At most 4,000 characters, escaped. */
  readonly text: string;
  /** Not everything is shown. */
  readonly cut: boolean;
  /** The sender asks for a link to be opened (`SubscribeURL`, as Amazon SNS does). */
  readonly asksToSubscribe: boolean;
}

/**
 * What an agent has to see of a payload, chosen by its structure: what happened, the headers and the members that say so, then the rest,
 * level by level. JSON that fits is shown whole, as the sender wrote it, indented.
 */
export const previewOf = (of: PreviewOf): Preview => {
  const { payload, eventType, template = null } = of;
  const beginning = [
    eventLine(eventType),
    ...headerLines(payload.headers),
    ...(template === null ? [] : ['', templateText(template, presentPayload(payload), payload, eventType)]),
  ].join('\n');
  const { text, ...rest } = bodyPreviewOf(of, previewLength - beginning.length - 2);
  return { text: `${beginning}\n\n${text}`, ...rest };
};

/** The same of the body alone, in a given number of characters. */
export const bodyPreviewOf = (
  { payload, eventType, fields, rules = previewRules }: PreviewOf,
  room: number,
): Preview => {
  const presented = presentPayload(payload);
  return isText(presented)
    ? { ...textPreview(presented, room), asksToSubscribe: false }
    : jsonPreview(presented, room, { fields, telling: rules.members(eventType.sender), rules });
};

const eventLine = ({ type, sender }: PayloadEventType): string =>
  `Event: ${type === null ? 'the sender names no type' : onOneLine(type)}${sender === null ? '' : ` (${onOneLine(sender)})`}`;

const templateText = (
  template: string,
  presented: PresentedPayload,
  { receivedAt, payloadId }: WebhookPayloadReceived,
  { type, sender }: PayloadEventType,
): string =>
  textFromTemplate(template, presented, {
    event_type: type,
    sender,
    received_at: receivedAt,
    payload_id: payloadId,
  });

const isText = ({ encoding, json }: PresentedPayload): boolean => encoding !== 'json' && json.startsWith('"');
