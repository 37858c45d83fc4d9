import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@mission-control/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { gatewayVariables, rateLimitRedisUrlOf } from './config.ts';

const { RATE_LIMIT_BACKEND, RATE_LIMIT_REDIS_URL } = gatewayVariables;
const redisUrlOf = (env: Record<string, string>) =>
  rateLimitRedisUrlOf(loadConfig({ RATE_LIMIT_BACKEND, RATE_LIMIT_REDIS_URL }, env));

test('limits are counted in memory unless Redis is configured', () => {
  expect(redisUrlOf({})).toBeNull();
  expect(redisUrlOf({ RATE_LIMIT_REDIS_URL: 'redis://r' })).toBeNull();
  expect(redisUrlOf({ RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL: 'rediss://u:p@r:6380/1' })).toBe(
    'rediss://u:p@r:6380/1',
  );
});

test('the former name still sets the limit of rejections', () => {
  const { WEBHOOK_REJECTION_RATE_LIMIT } = gatewayVariables;
  const config = loadConfig({ WEBHOOK_REJECTION_RATE_LIMIT }, { WEBHOOK_INGEST_RATE_LIMIT: '7/10' });
  expect(config).toEqual({ WEBHOOK_REJECTION_RATE_LIMIT: { requests: 7, seconds: 10 } });
});

test('the Redis URL may come from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mission-control-redis-url-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'url');
  writeFileSync(file, 'redis://:p@r\n');
  expect(redisUrlOf({ RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL_FILE: file })).toBe('redis://:p@r');
});

test.each([
  [{ RATE_LIMIT_BACKEND: 'memcached' }, /^RATE_LIMIT_BACKEND must be memory or redis\. Example: /],
  [
    { RATE_LIMIT_BACKEND: 'redis' },
    /^RATE_LIMIT_REDIS_URL is missing, and RATE_LIMIT_BACKEND=redis needs it\./,
  ],
  [
    { RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL: 'http://:hunter2@r' },
    /^RATE_LIMIT_REDIS_URL must be a URL that begins with redis:\/\/ or rediss:\/\/\. Example: (?!.*hunter2)/,
  ],
  [
    { RATE_LIMIT_BACKEND: 'redis', RATE_LIMIT_REDIS_URL: 'redis:///0' },
    /^RATE_LIMIT_REDIS_URL must be a URL/,
  ],
])('%o is rejected with one message', (env, message) => {
  expect(() => redisUrlOf(env)).toThrow(message);
});
