import type { WebhookFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { decideWebhook } from './decide.ts';
import { evolveWebhook, noWebhook, type Webhook } from './webhook.ts';

const ids = { webhookId: 'w', boardId: 'b' };
const created: WebhookFact = {
  type: 'WebhookCreated',
  data: {
    ...ids,
    description: 'Do it',
    enabled: true,
    agentId: null,
    secret: 'jwe',
    signatureScheme: 'hmac',
    signatureHeader: 'x-sig',
  },
};
const deleted: WebhookFact = { type: 'WebhookDeleted', data: { ...ids, cleanupMemory: false } };
const after = (...facts: WebhookFact[]): Webhook => facts.reduce(evolveWebhook, noWebhook);

describe('a webhook', () => {
  it('says only what changed; null takes a setting away', () => {
    expect(
      decideWebhook(
        { type: 'UpdateWebhook', enabled: false, description: 'Do it', secret: null },
        after(created),
      ),
    ).toEqual([{ type: 'WebhookUpdated', data: { ...ids, enabled: false, secret: null } }]);
    const changed = after(created, {
      type: 'WebhookUpdated',
      data: { ...ids, enabled: false, secret: null },
    });
    expect(changed).toMatchObject({
      enabled: false,
      secret: null,
      description: 'Do it',
      signatureHeader: 'x-sig',
    });
  });

  it('is deleted once, and stays so', () => {
    expect(decideWebhook({ type: 'DeleteWebhook', cleanupMemory: false }, after(created))).toEqual([deleted]);
    expect(() =>
      decideWebhook({ type: 'DeleteWebhook', cleanupMemory: false }, after(created, deleted)),
    ).toThrow('Webhook not found.');
    expect(after(created, deleted, { type: 'WebhookUpdated', data: { ...ids, enabled: true } }).status).toBe(
      'deleted',
    );
  });
});
