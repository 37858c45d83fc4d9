import type { OpenAPIObject } from '@nestjs/swagger';

/** Where senders post to. The gateway answers it, so no controller of this service describes it. */
export const ingestPath: OpenAPIObject['paths'] = {
  '/api/v1/boards/{board_id}/webhooks/{webhook_id}': {
    post: {
      operationId: 'receiveWebhook',
      tags: ['Ingest'],
      summary: 'Send a webhook',
      description:
        'Public. Any body. What is accepted is stored before the answer. Judged in this order: the address and its refusals so far, the ' +
        'headers, the webhook, the source, the body, the signature, whether the webhook is enabled, its rate limit.',
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
        400: { description: 'A length and chunking at once, or a path that cannot be.' },
        403: { description: 'The address is not allowed, or the signature is missing or wrong.' },
        404: { description: 'There is no such board or webhook.' },
        410: { description: 'The webhook is disabled.' },
        413: { description: 'The body is too large.' },
        415: { description: 'The body is compressed; send it as it is.' },
        429: { description: 'Too many requests; see Retry-After.' },
        503: { description: 'The event store is away or busy, or too much is under way; see Retry-After.' },
      },
    },
  },
};
