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

describe('a webhook', () => {
  it('accepts as many requests as its limit allows, without affecting others', async () => {
    t = await startTestGateway({ env: { WEBHOOK_RATE_LIMIT: '2/600' } });
    const [busy, calm] = [await t.createWebhook(), await t.createWebhook()];
    expect((await post(busy.url)).status).toBe(202);
    expect((await post(busy.url)).status).toBe(202);
    const rejected = await post(busy.url);
    expect([rejected.status, await codeOf(rejected)]).toEqual([429, 'webhook_rate_limited']);
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(400);
    expect((await post(calm.url)).status).toBe(202);
    expect(await t.payloads(busy.webhookId)).toHaveLength(2);
  });
});

describe('limits', () => {
  const limits = () =>
    new IngestLimits(
      {
        rejected: { requests: 1, seconds: 60 },
        accepted: { requests: 1, seconds: 60 },
        lookups: { requests: 2, seconds: 60 },
      },
      null,
    );

  it('count failed attempts by webhook and address, and unknown ids by address', async () => {
    const some = limits();
    expect([await some.countFailed('w', 'a'), await some.countUnknown('a')]).toEqual([0, 0]);
    expect(await some.countFailed('w', 'a')).toBeGreaterThan(50);
    expect(await some.countUnknown('a')).toBeGreaterThan(50);
    expect([await some.countFailed('x', 'a'), await some.countFailed('w', 'b')]).toEqual([0, 0]);
    expect(await some.countUnknown('b')).toBe(0);
  });

  it('can undo a count, even after requests over the limit', async () => {
    const some = limits();
    await some.countAccepted('w');
    await expect(some.countAccepted('w')).rejects.toMatchObject({ status: 429 });
    await some.uncountAccepted('w');
    await some.countAccepted('w');
    await expect(some.countAccepted('w')).rejects.toMatchObject({ status: 429 });
  });

  it('make lookups wait: for an address once it is over its own limit, for all senders after many', async () => {
    const some = limits();
    await some.countUnknown('a');
    expect([some.lookupsSpent('a'), some.lookupsSpent('b')]).toEqual([true, false]);
    await some.countLookup();
    expect(some.lookupsSpent('b')).toBe(false);
    await some.countLookup();
    expect(some.lookupsSpent('b')).toBe(true);
  });

  it('that are off count nothing', async () => {
    const off = { rejected: null, accepted: null, lookups: { requests: 1, seconds: 1 } };
    const some = new IngestLimits(off, null);
    for (let round = 0; round < 3; round += 1)
      expect([await some.countFailed('w', 'a'), await some.countUnknown('a')]).toEqual([0, 0]);
    expect(some.countAccepted('w')).toBeUndefined();
    await some.uncountAccepted('w');
  });

  it('forget the least recently used key when they count too many keys', async () => {
    const limit = new Limit({ requests: 2, seconds: 600 }, 2, null);
    await limit.take('a');
    await limit.take('b');
    await limit.take('b');
    await limit.take('c');
    await limit.take('a');
    expect([limit.spent('a'), limit.spent('c')]).toEqual([0, 0]);
    await limit.take('a');
    expect(limit.spent('a')).toBeGreaterThan(400);
  });
});
