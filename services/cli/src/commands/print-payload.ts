import { membersOf } from '../api/json-parts.ts';
import { detailsOf } from '../output/table.ts';
import { writeText } from '../output/write.ts';
import type { Session } from '../session.ts';

export interface Payload {
  readonly id: string;
  readonly webhook_id: string;
  readonly received_at: string;
  readonly event_type: string | null;
  readonly sender: string | null;
  readonly status: string;
  readonly status_reason: string | null;
  readonly status_detail: string | null;
  readonly status_since: string;
  readonly arrivals: number;
  readonly differing_arrivals: number;
  readonly size: number;
  readonly sha256: string;
  /** null: erased. */
  readonly source_ip: string | null;
  readonly content_type: string | null;
  /** An older release does not say it. */
  readonly encrypted?: boolean;
  readonly payload_encoding: string;
  readonly signature: { readonly verdict: string; readonly scheme: string };
}

/** Prints a payload: the answer as it is, or what is known about it and then its content. */
export const printPayload = async ({ context, json }: Session, text: string): Promise<void> => {
  if (json) return writeText(context, `${text}\n`);
  const members = membersOf(text);
  const content = members.get('payload') ?? 'null';
  // The content may be large, and its members may have any names.
  members.delete('payload');
  const payload = Object.fromEntries(
    [...members].map(([name, value]) => [name, JSON.parse(value)]),
  ) as unknown as Payload;
  const { signature } = payload;
  const details = detailsOf([
    ['payload', payload.id],
    ['webhook', payload.webhook_id],
    ['received', payload.received_at],
    ['from', payload.source_ip ?? '-'],
    ['event', payload.event_type],
    ['sender', payload.sender],
    ['status', `${payload.status} since ${payload.status_since}`],
    ['reason', payload.status_reason],
    ['detail', payload.status_detail],
    ['signature', `${signature.verdict} (${signature.scheme})`],
    ['arrivals', `${payload.arrivals} (${payload.differing_arrivals} with another body)`],
    ['type', payload.content_type],
    ['bytes', payload.size],
    ['sha256', payload.sha256],
    ['encoding', payload.payload_encoding],
    ['encrypted', payload.encrypted === undefined ? null : payload.encrypted ? 'yes' : 'no'],
  ]);
  await writeText(context, `${details}\n${contentOf(content, payload.payload_encoding)}\n`);
};

/** JSON as it was written; text as text; other bytes in base64. */
const contentOf = (json: string, encoding: string): string =>
  encoding === 'text' || encoding === 'base64' ? String(JSON.parse(json)) : json;
