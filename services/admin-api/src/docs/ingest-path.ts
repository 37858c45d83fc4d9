import { schemes, schemesWith } from '@mission-control/signatures';
import type { OpenAPIObject } from '@nestjs/swagger';
import { errorAnswer } from './error-answer.ts';

type Headers = Record<
  string,
  { description: string; schema: { type: 'string' | 'integer'; enum?: string[]; minimum?: number } }
>;

const rejection = (description: string, headers?: Headers) => ({
  ...errorAnswer(description),
  ...(headers && { headers }),
});

const retryAfter: Headers = {
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer', minimum: 1 },
  },
};

const receiptHeaders: Headers = {
  'X-Payload-Receipt': {
    description:
      'Proves that this request was stored: a JWS (RFC 7515) in compact serialization, signed with the key that its kid names in ' +
      '/api/v1/receipt-keys. Absent if it was not asked for, or could not be signed.',
    schema: { type: 'string' },
  },
  'Preference-Applied': {
    description: 'With a receipt that the request asked for.',
    schema: { type: 'string', enum: ['receipt'] },
  },
};

const urlVerifications = schemesWith('urlVerification').map(
  (scheme) => `${schemes[scheme].urlVerification?.request}, for a webhook with the scheme ${scheme}`,
);
const with401 = schemesWith('wwwAuthenticate').join(' or ');

/** The path that senders post to. The gateway serves it, so no controller of this service describes it. */
export const ingestPath: OpenAPIObject['paths'] = {
  '/api/v1/boards/{board_id}/webhooks/{webhook_id}': {
    post: {
      operationId: 'receiveWebhook',
      tags: ['Ingest'],
      summary: 'Send a webhook',
      description:
        'Public. The body may be anything. A trailing slash makes no difference. Methods that are not described here get 405 with ' +
        'Allow: POST. An accepted request is stored before the response. Checks run in this order: the headers, the webhook and the ' +
        'content encodings that it accepts, the source, the body, the signature, whether the webhook is enabled, its rate limit, the ' +
        'content of an encoded body. After too many failed attempts of an address at a webhook, or too many unknown ids, 429 replaces ' +
        'the 401, 403 or 404 of the next attempts, and no other status.',
      security: [],
      parameters: [
        ...['board_id', 'webhook_id'].map((name) => ({
          name,
          in: 'path' as const,
          required: true,
          schema: { type: 'string' as const, format: 'uuid' },
        })),
        {
          name: 'Prefer',
          in: 'header' as const,
          description: '`receipt` asks for a signed receipt (RFC 7240), unless the webhook gives none.',
          schema: { type: 'string' as const },
        },
      ],
      requestBody: { content: { '*/*': { schema: {} } } },
      responses: {
        200: {
          description: `${urlVerifications.join('; ')}; nothing is stored.`,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['challenge'],
                properties: { challenge: { type: 'string' } },
              },
            },
          },
        },
        202: {
          description: 'Accepted and stored.',
          headers: receiptHeaders,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                required: ['ok', 'board_id', 'webhook_id', 'payload_id'],
                properties: {
                  ok: { type: 'boolean' },
                  board_id: { type: 'string', format: 'uuid' },
                  webhook_id: { type: 'string', format: 'uuid' },
                  payload_id: { type: 'string', format: 'uuid' },
                  duplicate: { type: 'boolean' },
                },
              },
            },
          },
        },
        400: rejection(
          'Both a Content-Length and chunked encoding, an ambiguous path, or a body that does not match its Content-Encoding.',
        ),
        401: rejection(
          `The signature is missing or wrong, and the sender requires this status for it (scheme ${with401}). ` +
            'Otherwise it is 403.',
          {
            'WWW-Authenticate': {
              description: 'The value that the scheme defines.',
              schema: { type: 'string' },
            },
          },
        ),
        403: rejection('The address is not allowed, or the signature is missing or wrong.'),
        404: rejection('The board or webhook does not exist, or the URL is not quite right.'),
        405: rejection('The method is not described here.', {
          Allow: {
            description: 'The method that a webhook accepts.',
            schema: { type: 'string', enum: ['POST'] },
          },
        }),
        410: rejection('The webhook is disabled.'),
        413: rejection('The body is too large, as sent or after inflating.'),
        415: rejection('The webhook does not accept the content encoding; send the body without it.'),
        429: rejection(
          '`webhook_rate_limited`: too many requests to the webhook. `too_many_rejected_requests`: too many failed attempts of this address ' +
            'at this webhook, or too many unknown ids.',
          retryAfter,
        ),
        503: rejection(
          'The event store is unavailable or busy, or too many requests are in progress.',
          retryAfter,
        ),
      },
    },
  },
};
