import { type EventStoreDbFake, startEventStoreDbFake, waitFor } from '@mission-control/testing';
import { expect, onTestFinished, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const started = async (
  fakeOptions: Parameters<typeof startEventStoreDbFake>[0],
  options: Parameters<typeof startTestGateway>[0] = {},
): Promise<{ fake: EventStoreDbFake; gateway: TestGateway }> => {
  const fake = await startEventStoreDbFake(fakeOptions);
  onTestFinished(() => fake.stop());
  const gateway = await startTestGateway({ eventStoreUrl: fake.url, ...options });
  onTestFinished(() => gateway.stop());
  return { fake, gateway };
};

const post = async (url: string, body: string) => {
  const response = await fetch(url, { method: 'POST', body });
  const { code, detail } = (await response.json()) as { code?: string; detail?: string };
  return { status: response.status, code, detail, retryAfter: response.headers.get('retry-after') };
};

const linesContaining = ({ logged }: TestGateway, message: string) =>
  logged.filter((line) => line.includes(message));

test.each([{ maxAppendSize: 200_000 }, { maxAppendSize: 1024 * 1024, maxAppendEventSize: 200_000 }])(
  'with %o, a body that the server rejects at run time is 413, and the next one is accepted',
  async (limits) => {
    const { gateway } = await started(limits);
    const { url } = await gateway.createWebhook();
    for (const bytes of [250_000, 500_000, 900_000]) {
      expect(await post(url, 'x'.repeat(bytes))).toMatchObject({
        status: 413,
        code: 'payload_too_large',
        detail: 'The payload is larger than the event store accepts.',
      });
    }
    const [warning = '', ...more] = linesContaining(gateway, 'rejects payloads');
    expect(JSON.parse(warning)).toMatchObject({
      level: 40,
      setting: Object.keys(limits).at(-1)?.replace('m', 'M'),
    });
    expect(more).toEqual([]);
    expect(await post(url, 'x'.repeat(100_000))).toMatchObject({ status: 202 });
  },
);

test('an unknown server error is 503 for the sender and one log entry, but not an outage', async () => {
  const { fake, gateway } = await started({});
  const { url, webhookId } = await gateway.createWebhook();
  fake.failAppends({ type: 'event_store.client.QuotaExceeded', message: 'over quota', code: 8 });
  for (const body of ['one', 'two', 'three']) {
    expect(await post(url, body)).toMatchObject({
      status: 503,
      code: 'event_store_failed',
      retryAfter: '60',
    });
  }
  const [entry = '', ...more] = linesContaining(gateway, 'unknown error').filter((line) =>
    line.includes('QuotaExceeded'),
  );
  expect(JSON.parse(entry)).toMatchObject({
    level: 50,
    err: { message: expect.stringContaining('over quota') },
  });
  expect(more).toEqual([]);
  await gateway.gateway.checks.find(({ name }) => name === 'event_store')?.check();
  fake.failAppends(undefined);
  expect(await post(url, 'four')).toMatchObject({ status: 202 });
  expect(await gateway.payloads(webhookId)).toHaveLength(1);
});

test('a server that accepts too little is logged once, and used as soon as it accepts enough', async () => {
  const fake = await startEventStoreDbFake({ maxAppendSize: 4_000_000, maxAppendEventSize: 500_000 });
  onTestFinished(() => fake.stop());
  const gateway = await startTestGateway({
    eventStoreUrl: fake.url,
    largestEvent: { bytes: 1_000_000, setting: 'WEBHOOK_MAX_PAYLOAD_BYTES' },
    ready: false,
  });
  onTestFinished(() => gateway.stop());
  await waitFor(() => linesContaining(gateway, 'cannot use the event store').length >= 3);
  const warned = () =>
    linesContaining(gateway, 'cannot use the event store').filter((line) => JSON.parse(line).level === 40);
  expect(warned()).toHaveLength(1);
  const reason = /raise MaxAppendEventSize of the server, or lower WEBHOOK_MAX_PAYLOAD_BYTES/;
  expect(JSON.parse(warned()[0] ?? '').reason).toMatch(reason);
  const check = gateway.gateway.checks.find(({ name }) => name === 'event_store');
  await expect(async () => check?.check()).rejects.toThrow(reason);

  // Each try closes the store that it opened; that is not a lost connection.
  expect(linesContaining(gateway, 'lost the event store')).toEqual([]);

  fake.limitEventSize(2_000_000);
  await waitFor(() => linesContaining(gateway, 'connected to the event store').length > 0);
  expect(linesContaining(gateway, 'connected to the event store')).toHaveLength(1);
  expect(warned()).toHaveLength(1);
});
