import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { Limit } from './limit.ts';
import { IngestLimits } from './limits.ts';

let t: TestGateway | undefined;
afterEach(async () => {
  await t?.stop();
  t = undefined;
});

const post = (url: string, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: '{}', headers });
const codeOf = async (response: Response) => ((await response.json()) as { code: string }).code;

describe('an address that has spent its refusals', () => {
  it('gets 429 for everything, and others do not', async () => {
    t = await startTestGateway({ env: { WEBHOOK_INGEST_RATE_LIMIT: '3/60', TRUSTED_PROXIES: '127.0.0.1' } });
    const webhook = await t.createWebhook();
    const unknown = webhook.url.replace(webhook.webhookId, crypto.randomUUID());
    const from = (address: string) => ({ 'x-forwarded-for': address });
    expect((await post(webhook.url, from('2001:db8::1'))).status).toBe(202);
    for (const last of [1, 2, 3]) expect((await post(unknown, from(`2001:db8::${last}`))).status).toBe(404);
    const refused = await post(webhook.url, from('2001:db8::4'));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(await codeOf(refused)).toBe('too_many_refused_requests');
    expect((await post(webhook.url, from('2001:db8:0:1::1'))).status).toBe(202);
    expect((await t.payloads(webhook.webhookId)).map(({ sourceIp }) => sourceIp)).toEqual([
      '2001:db8::1',
      '2001:db8:0:1::1',
    ]);
  });

  it('is not charged for what it cannot help', async () => {
    t = await startTestGateway({ env: { WEBHOOK_INGEST_RATE_LIMIT: '1/60' } });
    const disabled = await t.createWebhook({ enabled: false });
    for (let round = 0; round < 3; round += 1) expect((await post(disabled.url)).status).toBe(410);
    const encoded = await post(disabled.url, { 'content-encoding': 'gzip' });
    expect(encoded.status).toBe(415);
  });
});

describe('a webhook', () => {
  it('takes as many requests as its limit allows, and leaves others alone', async () => {
    t = await startTestGateway({ env: { WEBHOOK_RATE_LIMIT: '2/60' } });
    const [busy, calm] = [await t.createWebhook(), await t.createWebhook()];
    expect((await post(busy.url)).status).toBe(202);
    expect((await post(busy.url)).status).toBe(202);
    const refused = await post(busy.url);
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'webhook_rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(50);
    expect((await post(calm.url)).status).toBe(202);
    expect(await t.payloads(busy.webhookId)).toHaveLength(2);
  });
});

describe('limits', () => {
  const limits = () =>
    new IngestLimits(
      {
        refused: { requests: 1, seconds: 60 },
        accepted: { requests: 1, seconds: 60 },
        unknown: { requests: 2, seconds: 60 },
      },
      null,
    );

  it('tell at once, in memory, whether an address may go on', async () => {
    const some = limits();
    expect(some.admit('a')).toBeUndefined();
    await some.countRefusal('a');
    expect(() => some.admit('a')).toThrow(expect.objectContaining({ status: 429 }));
    expect(some.admit('b')).toBeUndefined();
  });

  it('give a share back, also after more was asked for', async () => {
    const some = limits();
    await some.takeShare('w');
    await expect(some.takeShare('w')).rejects.toMatchObject({ status: 429 });
    await some.giveShareBack('w');
    await some.takeShare('w');
    await expect(some.takeShare('w')).rejects.toMatchObject({ status: 429 });
  });

  it('stop look-ups once too many were for nothing', async () => {
    const some = limits();
    await some.countUnknown();
    some.admitLookUp();
    await some.countUnknown();
    expect(() => some.admitLookUp()).toThrow(
      expect.objectContaining({ status: 503, code: 'look_up_not_possible' }),
    );
  });

  it('that are off count nothing', async () => {
    const off = { refused: null, accepted: null, unknown: { requests: 1, seconds: 1 } };
    const some = new IngestLimits(off, null);
    await some.countRefusal('a');
    expect(some.admit('a')).toBeUndefined();
    expect(some.takeShare('w')).toBeUndefined();
    await some.giveShareBack('w');
  });

  it('forget who was quiet for longest when they count more keys than they may', async () => {
    const limit = new Limit({ requests: 2, seconds: 60 }, 2, null);
    await limit.take('a');
    await limit.take('b');
    await limit.take('b');
    await limit.take('c');
    await limit.take('a');
    expect([limit.spent('a'), limit.spent('c')]).toEqual([0, 0]);
    await limit.take('a');
    expect(limit.spent('a')).toBeGreaterThan(50);
  });
});
