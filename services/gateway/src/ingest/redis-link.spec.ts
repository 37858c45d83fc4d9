import { createServer, type Socket } from 'node:net';
import { checkReadiness } from '@mission-control/runtime';
import { noRedisServer, startTestRedis, type TestRedis } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { metricOf } from '../testing/metric.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';

const startRedis = async (): Promise<TestRedis> => {
  const redis = await startTestRedis();
  onTestFinished(redis.stop);
  return redis;
};

/** Starts a gateway that shares its limits: with its own database, or with the database of `first`. */
const start = async (
  redisUrl: string,
  {
    env = {},
    first,
    ...patience
  }: { env?: Record<string, string>; first?: TestGateway; redisAnswerWithinMs?: number } = {},
): Promise<TestGateway> => {
  const t = await startTestGateway({
    env: {
      RATE_LIMIT_BACKEND: 'redis',
      RATE_LIMIT_REDIS_URL: redisUrl,
      ...(first && { ENCRYPTION_KEY: first.encryptionKey }),
      ...env,
    },
    ...(first && { throughUrl: async () => new URL(first.databaseUrl) }),
    ...patience,
  });
  onTestFinished(t.stop);
  return t;
};

const redisOf = async (t: TestGateway) => (await checkReadiness(t.gateway.checks)).checks.rate_limit_redis;
const connected = (t: TestGateway) => waitFor(async () => (await redisOf(t))?.ok);
const unavailable = (t: TestGateway) => waitFor(async () => (await redisOf(t))?.ok === false);
const logged = (t: TestGateway, words: string) => t.logged.filter((line) => line.includes(words)).length;
const warnings = (t: TestGateway) => logged(t, 'Redis is unavailable');
/** Counts what is logged from now on: a Redis that starts slowly may have been unreachable before. */
const fromNow = (t: TestGateway) => {
  const [unavailable, connected] = [warnings(t), logged(t, 'connected to Redis')];
  return () => ({
    unavailable: warnings(t) - unavailable,
    connected: logged(t, 'connected to Redis') - connected,
  });
};
const post = async (url: string): Promise<number> =>
  (await fetch(url, { method: 'POST', body: '{}' })).status;

describe('two gateways on one Redis', () => {
  it('share the limit of a webhook', async ({ skip }) => {
    if (noRedisServer) return skip(noRedisServer);
    const { url } = await startRedis();
    const env = { WEBHOOK_RATE_LIMIT: '3/600' };
    const one = await start(url, { env });
    const two = await start(url, { env, first: one });
    await Promise.all([connected(one), connected(two)]);
    const webhook = await one.createWebhook();
    const there = `${two.url}${webhook.path}`;
    expect([await post(webhook.url), await post(there), await post(webhook.url)]).toEqual([202, 202, 202]);
    expect([await post(there), await post(webhook.url)]).toEqual([429, 429]);
    expect(await one.payloads(webhook.webhookId)).toHaveLength(3);
  });

  it('share the failed attempts of an address at a webhook, and its unknown ids', async ({ skip }) => {
    if (noRedisServer) return skip(noRedisServer);
    const { url } = await startRedis();
    const env = { WEBHOOK_REJECTION_RATE_LIMIT: '2/600' };
    const one = await start(url, { env });
    const two = await start(url, { env, first: one });
    await Promise.all([connected(one), connected(two)]);
    const webhook = await one.createWebhook({ secret: 'tell nobody' });
    const unknown = webhook.path.replace(webhook.webhookId, crypto.randomUUID());
    for (const [path, rejected] of [
      [unknown, 404],
      [webhook.path, 403],
    ] as const) {
      const [here, there] = [`${one.url}${path}`, `${two.url}${path}`];
      expect([await post(here), await post(there)]).toEqual([rejected, rejected]);
      expect([await post(here), await post(there)]).toEqual([429, 429]);
    }
    const open = await one.createWebhook();
    expect([await post(open.url), await post(`${two.url}${open.path}`)]).toEqual([202, 202]);
  });
});

describe('without Redis, ingest continues', () => {
  it('when Redis is killed, and limits are shared again once it is back', async ({ skip }) => {
    if (noRedisServer) return skip(noRedisServer);
    const redis = await startRedis();
    const env = { WEBHOOK_RATE_LIMIT: '2/600', WEBHOOK_REJECTION_RATE_LIMIT: '60/600' };
    const one = await start(redis.url, { env });
    const two = await start(redis.url, { env, first: one });
    await Promise.all([connected(one), connected(two)]);
    const webhook = await one.createWebhook();
    const said = fromNow(one);
    await redis.kill();
    expect([await post(webhook.url), await post(webhook.url)]).toEqual([202, 202]);
    // Counted in this process only: the other process has its own count.
    expect(await post(webhook.url)).toBe(429);
    expect(await post(`${two.url}${webhook.path}`)).toBe(202);
    expect(said().unavailable).toBe(1);
    expect(await metricOf(one, 'mission_control_rate_limit_redis_bypassed_total')).toBeGreaterThanOrEqual(2);
    expect(await metricOf(one, 'mission_control_rate_limit_redis_up')).toBe(0);

    await redis.restart();
    await Promise.all([connected(one), connected(two)]);
    expect(said()).toEqual({ unavailable: 1, connected: 1 });
    expect(await metricOf(one, 'mission_control_rate_limit_redis_up')).toBe(1);
    const another = await one.createWebhook();
    expect([await post(another.url), await post(`${two.url}${another.path}`)]).toEqual([202, 202]);
    expect(await post(another.url)).toBe(429);
  });

  it('when Redis accepts commands but does not answer', async ({ skip }) => {
    if (noRedisServer) return skip(noRedisServer);
    const redis = await startRedis();
    const env = { WEBHOOK_REJECTION_RATE_LIMIT: '60/600' };
    const t = await start(redis.url, { env, redisAnswerWithinMs: 3_000 });
    await connected(t);
    const webhook = await t.createWebhook();
    const said = fromNow(t);
    redis.pause();
    expect(await Promise.all(Array.from({ length: 20 }, () => post(webhook.url)))).toEqual(
      Array.from({ length: 20 }, () => 202),
    );
    expect(said().unavailable).toBe(1);
    redis.resume();
    await connected(t);
    expect(await post(webhook.url)).toBe(202);
    expect(said().unavailable).toBe(1);
  });

  it('when Redis accepts connections but never sends anything', async () => {
    const sockets: Socket[] = [];
    const heard: string[] = [];
    const silent = createServer((socket) => {
      sockets.push(socket.on('error', () => {}).on('data', (chunk) => heard.push(chunk.toString())));
    });
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as { port: number };
    const t = await start(`redis://:secret@127.0.0.1:${port}`);
    const webhook = await t.createWebhook();
    await waitFor(() => heard.length > 0);
    expect(await post(webhook.url)).toBe(202);
    await waitFor(() => sockets.length > 1);
    expect(await post(webhook.url)).toBe(202);
    expect(warnings(t)).toBe(1);
    expect(t.logged.join()).not.toContain('secret');
  });

  it('when Redis is unreachable at startup', async () => {
    const t = await start('redis://127.0.0.1:9');
    await unavailable(t);
    const webhook = await t.createWebhook();
    expect(await post(webhook.url)).toBe(202);
    expect(warnings(t)).toBe(1);
    const { checks } = await checkReadiness(t.gateway.checks);
    expect(checks.rate_limit_redis?.reason).toContain('ECONNREFUSED');
    expect(t.gateway.checks.find(({ name }) => name === 'rate_limit_redis')?.required).toBe(false);
  });

  it('when Redis answers but accepts no writes', async ({ skip }) => {
    if (noRedisServer) return skip(noRedisServer);
    const redis = await startRedis();
    const t = await start(redis.url);
    await connected(t);
    const webhook = await t.createWebhook();
    const said = fromNow(t);
    const operator = new Redis(redis.url);
    onTestFinished(() => operator.disconnect());
    await operator.config('SET', 'maxmemory', '1');
    expect(await post(webhook.url)).toBe(202);
    const triesBefore = await connectionsOf(operator);
    await waitFor(async () => (await connectionsOf(operator)) >= triesBefore + 2);
    expect(await post(webhook.url)).toBe(202);
    expect(said().unavailable).toBe(1);
    expect((await redisOf(t))?.reason).toContain('OOM');
    await operator.config('SET', 'maxmemory', '0');
    await connected(t);
  });
});

const connectionsOf = async (operator: Redis): Promise<number> =>
  Number(/total_connections_received:(\d+)/.exec(await operator.info('stats'))?.[1]);
