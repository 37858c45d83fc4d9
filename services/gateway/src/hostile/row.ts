import { createHash } from 'node:crypto';
import type { GivenSettings, TestWebhook } from '../testing/test-gateway.ts';

/** Where a row's bytes may go: a webhook that no other row uses, and paths of unknown or deleted webhooks. */
export interface Target extends TestWebhook {
  readonly unknownPath: string;
  readonly deletedPath: string;
  readonly otherBoardPath: string;
}

export type Expected =
  | { readonly kind: 'accepted'; readonly sha256: string; readonly size: number }
  | { readonly kind: 'rejected'; readonly status: number; readonly code: string; readonly ends: boolean }
  | { readonly kind: 'forwarded'; readonly method: string };

/** One or more requests, and every response that the connection gives. */
export interface Row {
  readonly name: string;
  readonly bytes: (to: Target) => Buffer | readonly Buffer[];
  readonly answers: readonly Expected[];
  readonly webhook: GivenSettings;
  /** When the sender ends its side, in the middle of a request. */
  readonly disconnects?: 'immediately' | 'after_response';
}

export const row = (name: string, bytes: Row['bytes'], ...answers: Expected[]): Row => ({
  name,
  bytes,
  answers,
  webhook: {},
});

/** A row with these webhook settings. */
export const to = (webhook: GivenSettings, given: Row): Row => ({ ...given, webhook });

/** A row whose sender disconnects before its request is complete. */
export const unfinished = (given: Row): Row => ({ ...given, disconnects: 'immediately' });

/** A row whose sender gets its response before it sends the body, then disconnects. */
export const withoutBody = (given: Row): Row => ({ ...given, disconnects: 'after_response' });

/** 202, and these bytes are stored. */
export const accepted = (body: string | Buffer = '{}'): Expected => {
  const bytes = Buffer.from(body as string);
  return { kind: 'accepted', sha256: createHash('sha256').update(bytes).digest('hex'), size: bytes.length };
};

/** @param ends the connection ends with this response */
export const rejected = (status: number, code: string, ends = false): Expected => ({
  kind: 'rejected',
  status,
  code,
  ends,
});

/** Answered by the admin API. */
export const forwarded = (method: string): Expected => ({ kind: 'forwarded', method });

/** An unreadable request: it is unknown where the next one begins. */
export const badRequest = rejected(400, 'bad_request', true);
export const badPath = rejected(400, 'bad_path');
export const notFound = rejected(404, 'not_found');
export const wrongMethod = rejected(405, 'method_not_allowed');
export const noWebhook = rejected(404, 'webhook_not_found');
export const tooLarge = rejected(413, 'payload_too_large');
export const encoded = rejected(415, 'unsupported_content_encoding');
export const headersTooLarge = rejected(431, 'headers_too_large', true);
