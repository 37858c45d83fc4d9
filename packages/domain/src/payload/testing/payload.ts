import { type WebhookPayloadReceived, wrapBody } from '@mission-control/contracts';

export const fence = '00112233445566778899aabbccddeeff';

/** A payload with this body, unverified unless something else is given. */
export const payloadOf = (
  body: string | Uint8Array,
  rest: Partial<WebhookPayloadReceived> = {},
): WebhookPayloadReceived => {
  const bytes = Buffer.from(body as string);
  return {
    payloadId: '018e0e5a-0000-7000-8000-000000000001',
    boardId: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f04',
    webhookId: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f05',
    webhookRevision: 0,
    receivedAt: '2026-03-05T12:00:00.000Z',
    sourceIp: '192.0.2.1',
    contentType: null,
    headers: [],
    body: wrapBody(bytes),
    size: bytes.length,
    sha256: 'a'.repeat(64),
    verification: { verdict: 'unverified', scheme: 'hmac' },
    dedupe: { key: null, source: null, windowSeconds: 604_800 },
    fence,
    ...rest,
  };
};
