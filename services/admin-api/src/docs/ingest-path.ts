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

/** Where senders post to. The gateway answers it, so no controller of this service describes it. */
export const ingestPath: OpenAPIObject['paths'] = {
  '/api/v1/boards/{board_id}/webhooks/{webhook_id}': {
    post: {
      operationId: 'receiveWebhook',
      tags: ['Ingest'],
      summary: 'Send a webhook',
      description:
        'Public. Any body. A slash at the end is the same URL. Methods that are not described here are 405 with Allow: POST. ' +
        'What is accepted is stored before the answer. Judged in this order: the headers, the webhook and the content ' +
        'encodings that it accepts, the source, the body, the signature, whether the webhook is enabled, its rate limit, the content of an ' +
        'encoded body. Too many failed attempts of an address at a webhook, or too many unknown ids, turn the 401, 403 or 404 of the next ' +
        'into 429, and nothing else.',
      security: [],
      parameters: ['board_id', 'webhook_id'].map((name) => ({
        name,
        in: 'path' as const,
        required: true,
        schema: { type: 'string' as const, format: 'uuid' },
      })),
      requestBody: { content: { '*/*': { schema: {} } } },
      responses: {
        200: {
          description: "Slack's url_verification, to a webhook of the scheme slack; nothing is stored.",
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
          'A length and chunking at once, an ambiguous path, or a body that is not encoded as it says.',
        ),
        401: rejection(
          'The signature is missing or wrong, and the sender demands this status for that: the scheme shopify. Otherwise it is 403.',
          { 'WWW-Authenticate': { description: 'What the scheme asks for.', schema: { type: 'string' } } },
        ),
        403: rejection('The address is not allowed, or the signature is missing or wrong.'),
        404: rejection('There is no such board or webhook, or the URL is not quite right.'),
        405: rejection('The method is not described here.', {
          Allow: {
            description: 'The method that a webhook takes.',
            schema: { type: 'string', enum: ['POST'] },
          },
        }),
        410: rejection('The webhook is disabled.'),
        413: rejection('The body is too large, as it arrived or inflated.'),
        415: rejection('The webhook does not accept the content encoding; send the body as it is.'),
        429: rejection(
          '`webhook_rate_limited`: too many requests to the webhook. `too_many_refused_requests`: too many failed attempts of this address ' +
            'at this webhook, or too many unknown ids.',
          retryAfter,
        ),
        503: rejection('The event store is away or busy, or too much is under way.', retryAfter),
      },
    },
  },
};
