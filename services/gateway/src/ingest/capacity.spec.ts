import { connect, type Socket } from 'node:net';
import { waitFor } from '@mission-control/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { metricOf } from '../testing/metric.ts';
import { startTestGateway, type TestGateway, type TestWebhook } from '../testing/test-gateway.ts';
import { Capacity } from './capacity.ts';

const overloaded = expect.objectContaining({ status: 503, code: 'overloaded' });

describe('the capacity', () => {
  it('limits requests and bytes, and is fully available again afterwards', () => {
    const capacity = new Capacity({ requests: 2, bytes: 10 });
    const [first, second] = [capacity.enter('a'), capacity.enter('b')];
    expect(() => capacity.enter('c')).toThrow(overloaded);
    first.hold(5);
    second.hold(5);
    expect(() => second.hold(1)).toThrow(overloaded);
    first.leave();
    second.leave();
    expect([capacity.requests, capacity.bytes]).toEqual([0, 0]);
    capacity.enter('c').hold(5);
  });

  it('gives an address at most half', () => {
    const capacity = new Capacity({ requests: 4, bytes: 10 });
    const [first] = [capacity.enter('a'), capacity.enter('a')];
    expect(() => capacity.enter('a')).toThrow(overloaded);
    first?.hold(5);
    expect(() => first?.hold(1)).toThrow(overloaded);
    capacity.enter('b').hold(5);
    expect([capacity.requests, capacity.bytes]).toEqual([3, 10]);
    first?.leave();
    capacity.enter('a').hold(5);
  });

  it('gives a webhook at most half, no matter who sends', () => {
    const capacity = new Capacity({ requests: 4, bytes: 10 });
    const [first, second, third] = ['a', 'b', 'c'].map((address) => capacity.enter(address));
    if (!first || !second || !third) throw new Error('no slot');
    capacity.assign(first, 'w');
    capacity.assign(second, 'w');
    expect(() => capacity.assign(third, 'w')).toThrow(overloaded);
    first.hold(3);
    expect(() => second.hold(3)).toThrow(overloaded);
    capacity.assign(third, 'other');
    third.hold(5);
    first.leave();
    second.hold(5);
  });
});

const mebibyte = 1024 * 1024;

/** What the process works on at once: 2,000 requests with 64 MiB of bodies. */
const half = { requests: 1_000, bytes: 32 * mebibyte };

const start = async (): Promise<TestGateway> => {
  const t = await startTestGateway({
    env: { TRUSTED_PROXIES: '127.0.0.1', WEBHOOK_MAX_PAYLOAD_BYTES: String(16 * mebibyte) },
  });
  onTestFinished(t.stop);
  return t;
};

/** Begins a request whose body does not end before the socket does. */
const begin = (t: TestGateway, webhook: TestWebhook, address: string, sent: number): Socket => {
  const socket = connect(t.port, '127.0.0.1').on('error', () => {});
  socket.write(
    `POST ${webhook.path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${address}\r\nContent-Length: ${sent + 1}\r\n\r\n`,
  );
  socket.write(Buffer.alloc(sent, 'x'));
  onTestFinished(() => void socket.destroy());
  return socket;
};

const post = async (webhook: TestWebhook, address: string) => {
  const response = await fetch(webhook.url, {
    method: 'POST',
    body: 'four',
    headers: { 'x-forwarded-for': address },
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after') };
};
const accepted = { status: 202, retryAfter: null };
const rejected = { status: 503, retryAfter: '1' };

describe('bodies that never end', () => {
  it('from one address leave half of the requests to others', async () => {
    const t = await start();
    const webhooks = await Promise.all([1, 2, 3].map(() => t.createWebhook()));
    const [one, two, three] = webhooks as [TestWebhook, TestWebhook, TestWebhook];
    const slow = Array.from({ length: half.requests }, (_, index) =>
      begin(t, index % 2 === 0 ? one : two, '192.0.2.1', 1),
    );
    await waitFor(
      async () => (await metricOf(t, 'mission_control_ingest_active_requests')) === half.requests,
    );
    expect(await post(three, '192.0.2.1')).toEqual(rejected);
    expect(await post(one, '192.0.2.2')).toEqual(accepted);
    slow[0]?.destroy();
    await waitFor(
      async () => (await metricOf(t, 'mission_control_ingest_active_requests')) === half.requests - 1,
    );
    expect(await post(three, '192.0.2.1')).toEqual(accepted);
  });

  it('for one webhook leave half of the requests to others', async () => {
    const t = await start();
    const [busy, calm] = [await t.createWebhook(), await t.createWebhook()];
    for (let index = 0; index < half.requests; index += 1)
      begin(t, busy, index % 2 === 0 ? '192.0.2.1' : '192.0.2.2', 1);
    await waitFor(
      async () => (await metricOf(t, 'mission_control_ingest_active_requests')) === half.requests,
    );
    expect(await post(busy, '192.0.2.3')).toEqual(rejected);
    expect(await post(calm, '192.0.2.1')).toEqual(accepted);
  });

  it('of the largest size, two at a time, leave half of the bytes to others', async () => {
    const t = await start();
    const [busy, calm] = [await t.createWebhook(), await t.createWebhook()];
    for (const address of ['192.0.2.1', '192.0.2.2']) begin(t, busy, address, 16 * mebibyte - 1);
    await waitFor(
      async () => (await metricOf(t, 'mission_control_ingest_buffer_usage_bytes')) === half.bytes - 2,
    );
    expect(await post(busy, '192.0.2.3')).toEqual(rejected);
    expect(await post(calm, '192.0.2.1')).toEqual(accepted);
  });
});
