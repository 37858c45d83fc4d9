import { type DomainEvent, isStoredEncrypted, type WebhookPayloadReceived } from '@mission-control/contracts';
import { presentPayload, remembered } from '@mission-control/domain';
import type { ProjectedEvent } from '@mission-control/projections';
import type { Insertable } from 'kysely';
import type { BoardWebhookPayloadRow } from '../../tables/payloads.ts';

type Received = ProjectedEvent & DomainEvent<'WebhookPayloadReceived'>;

/** The row for the first arrival of a payload, as far as it follows from the event alone. */
export type ArrivedRow = Omit<Insertable<BoardWebhookPayloadRow>, 'event_type' | 'sender'>;

/** The projection has it made in advance. */
export const payloadRow = remembered((event: Received): ArrivedRow => {
  const { data, revision, position } = event;
  const { encoding, json } = presentPayload(data);
  const headers = headerObjects(data.headers);
  return {
    id: data.payloadId,
    board_id: data.boardId,
    webhook_id: data.webhookId,
    payload: json,
    payload_encoding: encoding,
    headers: headers.shown,
    request_headers: headers.all,
    source_ip: data.sourceIp,
    content_type: data.contentType,
    encrypted: isStoredEncrypted(event),
    received_at: data.receivedAt,
    sha256: data.sha256,
    content_sha256: contentDigestOf(data),
    size: data.size,
    signature_verdict: data.verification.verdict,
    signature_scheme: data.verification.scheme,
    signature_secret: data.verification.secret ?? null,
    webhook_revision: data.webhookRevision,
    stream_revision: revision,
    position,
  };
});

/** Senders may compress the same content in different ways, so the digest of the content counts. */
export const contentDigestOf = ({
  sha256,
  inflated,
}: Pick<WebhookPayloadReceived, 'sha256' | 'inflated'>): string => inflated?.sha256 ?? sha256;

const isShown = (name: string): boolean =>
  name === 'content-type' || name === 'user-agent' || name.startsWith('x-');

/**
 * The headers as JSON objects: all, and those that are shown first. The values of a repeated header are joined by `, ` (RFC 9110, section
 * 5.3).
 */
const headerObjects = (headers: readonly (readonly [string, string])[]): { all: string; shown: string } => {
  const values = new Map<string, string>();
  for (const [name, value] of headers) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  let [all, shown] = ['', ''];
  for (const [name, value] of values) {
    const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    all += all === '' ? member : `,${member}`;
    if (isShown(name)) shown += shown === '' ? member : `,${member}`;
  }
  return { all: `{${all}}`, shown: `{${shown}}` };
};
