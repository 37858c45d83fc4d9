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
  it('takes as many requests as its limit allows, and leaves others alone', async () => {
    t = await startTestGateway({ env: { WEBHOOK_RATE_LIMIT: '2/600' } });
    const [busy, calm] = [await t.createWebhook(), await t.createWebhook()];
    expect((await post(busy.url)).status).toBe(202);
    expect((await post(busy.url)).status).toBe(202);
    const refused = await post(busy.url);
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'webhook_rate_limited']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(400);
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
        lookUps: { requests: 2, seconds: 60 },
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

  it('give a share back, also after more was asked for', async () => {
    const some = limits();
    await some.takeShare('w');
    await expect(some.takeShare('w')).rejects.toMatchObject({ status: 429 });
    await some.giveShareBack('w');
    await some.takeShare('w');
    await expect(some.takeShare('w')).rejects.toMatchObject({ status: 429 });
  });

  it('say when look-ups have to wait: for an address once it has spent its own, for all after many', async () => {
    const some = limits();
    await some.countUnknown('a');
    expect([some.lookUpsSpent('a'), some.lookUpsSpent('b')]).toEqual([true, false]);
    await some.countLookUp();
    expect(some.lookUpsSpent('b')).toBe(false);
    await some.countLookUp();
    expect(some.lookUpsSpent('b')).toBe(true);
  });

  it('that are off count nothing', async () => {
    const off = { rejected: null, accepted: null, lookUps: { requests: 1, seconds: 1 } };
    const some = new IngestLimits(off, null);
    for (let round = 0; round < 3; round += 1)
      expect([await some.countFailed('w', 'a'), await some.countUnknown('a')]).toEqual([0, 0]);
    expect(some.takeShare('w')).toBeUndefined();
    await some.giveShareBack('w');
  });

  it('forget who was quiet for longest when they count more keys than they may', async () => {
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
