import type { IncomingHttpHeaders } from 'node:http';
import { type ContentEncoding, contentEncodingSchema } from '@mission-control/contracts';
import type { ActiveWebhook } from '@mission-control/domain';
import { rejectionErrors } from './rejection-errors.ts';
import type { KnownWebhook } from './webhooks.ts';

/**
 * The body's content encoding; null: none.
 *
 * @throws ApiError 415 for several encodings, and for encodings that no webhook accepts
 */
export const contentEncodingOf = (
  headers: IncomingHttpHeaders,
  { contentEncodings }: ActiveWebhook,
): ContentEncoding | null => {
  const name = headers['content-encoding']?.trim().toLowerCase();
  if (name === undefined || name === 'identity') return null;
  // RFC 9110, 8.4.1.3: `x-gzip` is equivalent to `gzip`.
  const encoding = contentEncodingSchema.safeParse(name === 'x-gzip' ? 'gzip' : name);
  if (!encoding.success) throw rejectionErrors.contentEncoding(contentEncodings);
  return encoding.data;
};

export const acceptsEncoding = (webhook: ActiveWebhook, encoding: ContentEncoding | null): boolean =>
  encoding === null || webhook.contentEncodings.includes(encoding);

/**
 * Rejects by encoding before the body is read, but only after the configuration was read again.
 *
 * @throws ApiError 415, 404 or 503
 */
export const checkEncoding = async (
  { webhook }: KnownWebhook,
  refresh: () => Promise<KnownWebhook>,
  encoding: ContentEncoding | null,
): Promise<void> => {
  if (acceptsEncoding(webhook, encoding)) return;
  const current = await refresh();
  if (!acceptsEncoding(current.webhook, encoding)) {
    throw rejectionErrors.contentEncoding(current.webhook.contentEncodings);
  }
};
