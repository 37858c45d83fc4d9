import { gzipSync } from 'node:zlib';
import { type WebhookPayloadReceived, wrapBody } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { agentMessage, memoryText } from './texts.ts';

const form = 'application/x-www-form-urlencoded';
const textsOf = (body: Buffer, contentType: string, inflated?: WebhookPayloadReceived['inflated']) => {
  const payload: WebhookPayloadReceived = {
    payloadId: 'p-1',
    boardId: 'b-1',
    webhookId: 'w-1',
    webhookRevision: 0,
    receivedAt: '2026-11-27T12:00:00.000Z',
    sourceIp: '192.0.2.1',
    contentType,
    headers: [],
    body: wrapBody(body),
    size: body.length,
    sha256: 'a'.repeat(64),
    ...(inflated && { inflated }),
    verification: { verdict: 'unverified', scheme: 'hmac' },
    dedupe: { key: null, source: null, windowSeconds: 604_800 },
    fence: '00112233445566778899aabbccddeeff',
  };
  const given = { payload, instruction: 'Do it', eventType: { type: null, sender: null }, message: null };
  return [
    memoryText(given),
    agentMessage({ ...given, boardName: 'Board', baseUrl: 'https://mc.example.com', readLink: null }),
  ];
};

describe('board memory and the message to an agent', () => {
  it.each([
    [
      'a form',
      Buffer.from(`payload=${encodeURIComponent('{"action":"opened"}')}&text=a+b`),
      form,
      '{\n  "payload": {\n    "action": "opened"\n  },\n  "text": "a b"\n}',
    ],
    [
      'a multipart form',
      Buffer.from('--b\r\nContent-Disposition: form-data; name="f"; filename="x.png"\r\n\r\nhi\r\n--b--'),
      'multipart/form-data; boundary=b',
      '{\n  "f": {\n    "filename": "x.png",\n    "type": null,\n    "size": 2\n  }\n}',
    ],
    ['text in its charset', Buffer.from('caf\xe9', 'latin1'), 'text/plain; charset=iso-8859-1', '\ncafé\n'],
    ['UTF-16', Buffer.from('\ufeff{"a":1}', 'utf16le'), 'application/json', '{\n  "a": 1\n}'],
  ])('show %s decoded, whether compressed or not', (_, body, contentType, shown) => {
    const inflated = { encoding: 'gzip', size: body.length, sha256: 'b'.repeat(64) } as const;
    const texts = [...textsOf(body, contentType), ...textsOf(gzipSync(body), contentType, inflated)];
    for (const text of texts) expect(text).toContain(shown);
  });

  it('state the size of a compressed payload’s content if they cut it', () => {
    const body = gzipSync('x'.repeat(10_000));
    const inflated = { encoding: 'gzip', size: 10_000, sha256: 'b'.repeat(64) } as const;
    for (const text of textsOf(body, 'text/plain', inflated)) {
      expect(text).toContain('the body has 10000 bytes');
    }
  });
});
