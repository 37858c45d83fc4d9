import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { askRedis } from './redis-server.ts';
import { noRedisServer, startTestRedis } from './test-redis.ts';

test('a test Redis accepts only its own password, and can stop and start again on the same port', async ({
  skip,
}) => {
  if (noRedisServer) return skip(noRedisServer);
  const redis = await startTestRedis();
  const { password } = new URL(redis.url);
  await askRedis(redis.port, password);
  await expect(askRedis(redis.port, 'another')).rejects.toThrow('WRONGPASS');
  await redis.kill();
  await expect(askRedis(redis.port, password)).rejects.toThrow('ECONNREFUSED');
  await redis.restart();
  await askRedis(redis.port, password);
  await redis.stop();
  await expect(askRedis(redis.port, password)).rejects.toThrow('ECONNREFUSED');
});

test('while paused it accepts connections, and it answers after resume', async ({ skip }) => {
  if (noRedisServer) return skip(noRedisServer);
  const redis = await startTestRedis();
  redis.pause();
  let answered = false;
  const answer = askRedis(redis.port, new URL(redis.url).password).then(() => {
    answered = true;
  });
  const other = connect(redis.port, '127.0.0.1');
  await new Promise((resolve) => other.once('connect', resolve));
  other.destroy();
  expect(answered).toBe(false);
  redis.resume();
  await answer;
  await redis.stop();
});
