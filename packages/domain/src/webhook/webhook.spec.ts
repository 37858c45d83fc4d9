import { type WebhookFact, webhookDefaults } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { decideWebhook } from './decide.ts';
import { evolveWebhook, noWebhook, type Webhook, type WebhookSettings } from './webhook.ts';

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
  it('records only what changed; null removes a setting', () => {
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

  it('that is older than a setting has its default, and compares lists by content', () => {
    expect(after(created)).toMatchObject({ ...webhookDefaults, previousSecret: null });
    const allowedIps = ['192.0.2.0/24'];
    const [changed] = decideWebhook({ type: 'UpdateWebhook', allowedIps }, after(created));
    expect(changed).toEqual({ type: 'WebhookUpdated', data: { ...ids, allowedIps } });
    const limited = after(created, changed as WebhookFact);
    expect(limited).toMatchObject({ allowedIps });
    expect(decideWebhook({ type: 'UpdateWebhook', allowedIps: ['192.0.2.0/24'] }, limited)).toEqual([]);
  });

  describe('whose admin changes `dedupe`', () => {
    const update = (state: Webhook, change: Partial<WebhookSettings>) =>
      decideWebhook({ type: 'UpdateWebhook', ...change }, state);
    const updated = (data: Partial<WebhookSettings>): WebhookFact => ({
      type: 'WebhookUpdated',
      data: { ...ids, ...data },
    });
    const chosen = after(created, updated({ dedupe: 'body:/id' }));

    it('keeps `same` if it is older than the setting, whatever else changes', () => {
      for (const change of [
        { description: 'Other' },
        { enabled: false },
        { secret: 'new' },
        { signatureScheme: 'github' },
        { dedupe: 'body:/id' },
        { dedupeWindowSeconds: 60 },
      ] as const) {
        const state = update(chosen, change).reduce(evolveWebhook, chosen);
        expect(state).toMatchObject({ dedupe: 'body:/id', dedupeDiffering: 'same' });
      }
    });

    it.each([
      ['header:x-id', 'separate'],
      ['body:/data/id', 'separate'],
    ] as const)('to %s gets `separate`', (dedupe, dedupeDiffering) => {
      expect(update(chosen, { dedupe })).toEqual([updated({ dedupe, dedupeDiffering })]);
    });

    it.each(['scheme', 'off'] as const)('to %s gets `same`', (dedupe) => {
      const separate = after(created, updated({ dedupe: 'body:/id', dedupeDiffering: 'separate' }));
      expect(update(separate, { dedupe })).toEqual([updated({ dedupe, dedupeDiffering: 'same' })]);
    });

    it('gets the given value of `dedupeDiffering`, with or without a new `dedupe`', () => {
      expect(update(chosen, { dedupeDiffering: 'separate' })).toEqual([
        updated({ dedupeDiffering: 'separate' }),
      ]);
      expect(update(chosen, { dedupe: 'header:x-id', dedupeDiffering: 'same' })).toEqual([
        updated({ dedupe: 'header:x-id' }),
      ]);
      expect(update(chosen, { dedupe: 'scheme', dedupeDiffering: 'separate' })).toEqual([
        updated({ dedupe: 'scheme', dedupeDiffering: 'separate' }),
      ]);
    });
  });

  it('whose delivery resumes records what becomes of what was parked', () => {
    const updated = (data: object): WebhookFact => ({ type: 'WebhookUpdated', data: { ...ids, ...data } });
    const paused = after(created, updated({ delivery: 'paused' }));
    const resume = (more: object, state: Webhook) =>
      decideWebhook({ type: 'UpdateWebhook', delivery: 'active', ...more }, state);
    expect(resume({}, paused)).toEqual([updated({ delivery: 'active', onResume: 'drain' })]);
    const discarding = resume({ onResume: 'discard' }, paused);
    expect(discarding).toEqual([updated({ delivery: 'active', onResume: 'discard' })]);
    expect(discarding.reduce(evolveWebhook, paused)).toMatchObject({
      delivery: 'active',
      onResume: 'discard',
    });
    expect(resume({ onResume: 'discard' }, after(created))).toEqual([]);
    expect(decideWebhook({ type: 'UpdateWebhook', enabled: false }, paused)).toEqual([
      updated({ enabled: false }),
    ]);
  });

  const rotated = (secret: string, previousValidUntil: string | null): WebhookFact => ({
    type: 'WebhookSecretRotated',
    data: { ...ids, secret, previousValidUntil },
  });
  const until = '2026-11-27T12:00:00.000Z';

  it('has two active secrets after a rotation, never three', () => {
    const command = { type: 'RotateSecret', secret: 'new', previousValidUntil: until } as const;
    expect(decideWebhook(command, after(created))).toEqual([rotated('new', until)]);
    const previousSecret = (validUntil: string, secret: string) => ({ secret, validUntil });
    expect(after(created, rotated('new', until))).toMatchObject({
      secret: 'new',
      previousSecret: previousSecret(until, 'jwe'),
    });
    expect(after(created, rotated('new', until), rotated('newer', until))).toMatchObject({
      secret: 'newer',
      previousSecret: previousSecret(until, 'new'),
    });
    expect(after(created, rotated('new', null))).toMatchObject({ secret: 'new', previousSecret: null });
  });

  it.each([{ secret: 'other' }, { secret: null }, { signatureScheme: 'token' as const }])(
    'drops the previous secret on a change to %j, but not on another change',
    (data) => {
      const both = after(created, rotated('new', until));
      expect(evolveWebhook(both, { type: 'WebhookUpdated', data: { ...ids, ...data } })).toMatchObject({
        previousSecret: null,
      });
      expect(evolveWebhook(both, { type: 'WebhookUpdated', data: { ...ids, enabled: false } })).toMatchObject(
        { previousSecret: { secret: 'jwe' } },
      );
    },
  );

  it('without a secret cannot rotate it', () => {
    const open = after(created, { type: 'WebhookUpdated', data: { ...ids, secret: null } });
    expect(() =>
      decideWebhook({ type: 'RotateSecret', secret: 'new', previousValidUntil: null }, open),
    ).toThrow('has no secret');
  });

  it('is deleted once, and stays deleted', () => {
    expect(decideWebhook({ type: 'DeleteWebhook', cleanupMemory: false }, after(created))).toEqual([deleted]);
    expect(() =>
      decideWebhook({ type: 'DeleteWebhook', cleanupMemory: false }, after(created, deleted)),
    ).toThrow('Webhook not found.');
    expect(after(created, deleted, { type: 'WebhookUpdated', data: { ...ids, enabled: true } }).status).toBe(
      'deleted',
    );
  });
});
