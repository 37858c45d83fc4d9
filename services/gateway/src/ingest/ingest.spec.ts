import { sign } from '@octokit/webhooks-methods';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

let t: TestGateway;
beforeAll(async () => {
  t = await startTestGateway();
});
afterAll(() => t.stop());

describe('an accepted request', () => {
  it('is durable when it is answered', async () => {
    const webhook = await t.createWebhook({ secret: 'tell nobody', signatureScheme: 'github' });
    const body = '{"ref":"refs/heads/main","big":12345678901234567890}';
    const response = await fetch(`${webhook.url}?token=in-the-query`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'x-github-delivery': 'd-1',
        'x-hub-signature-256': await sign('tell nobody', body),
        authorization: 'Bearer s3cret',
      },
    });
    expect(response.status).toBe(202);
    const answer = (await response.json()) as { payload_id: string };
    const [payload, ...others] = await t.payloads(webhook.webhookId);
    expect(others).toEqual([]);
    expect(answer).toEqual({
      ok: true,
      board_id: webhook.boardId,
      webhook_id: webhook.webhookId,
      payload_id: payload?.payloadId,
    });
    expect(payload).toMatchObject({
      boardId: webhook.boardId,
      webhookRevision: 0,
      sourceIp: '127.0.0.1',
      contentType: 'application/json',
      body: { enc: null, encoding: 'utf8', data: body },
      size: body.length,
      verification: { verdict: 'verified', scheme: 'github' },
      dedupe: { key: 'd-1', source: 'header:x-github-delivery' },
    });
    expect(payload?.headers).toContainEqual(['x-hub-signature-256', '[redacted]']);
    expect(payload?.headers).toContainEqual(['authorization', '[redacted]']);
    expect(JSON.stringify(payload)).not.toContain('in-the-query');
  });
});
