import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@mission-control/free-ports';
import { type StartedProcess, startProcess } from '../../system/service-process.ts';
import type { LoadResult } from './apache-bench.ts';

export const encryptionKey = randomBytes(32);

/**
 * Starts one gateway process on an event store, without limits.
 *
 * @param root another checkout's folder, with a trailing slash; this repository if absent
 * @param more variables
 */
export const startGateway = async (
  eventStoreUrl: string,
  root?: string,
  more: Record<string, string> = {},
): Promise<{ url: string; readyAfterMs: number; process: StartedProcess }> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const startedAt = performance.now();
  const process = startProcess('services/gateway/dist/main.js', {
    root,
    env: {
      PORT: String(port),
      MANAGEMENT_PORT: '0',
      LOG_LEVEL: 'warn',
      EVENTSTORE_URL: eventStoreUrl,
      ENCRYPTION_KEY: encryptionKey.toString('base64'),
      ADMIN_API_URL: 'http://127.0.0.1:9',
      WEBHOOK_RATE_LIMIT: '0',
      WEBHOOK_REJECTION_RATE_LIMIT: '0',
      // The name in the checkouts of earlier versions that `--against` measures.
      WEBHOOK_INGEST_RATE_LIMIT: '0',
      ...more,
    },
  });
  await Promise.race([
    configurationFollowed(url),
    process.exited.then(() => Promise.reject(new Error(`The gateway ended:\n${process.output()}`))),
  ]);
  return { url, readyAfterMs: performance.now() - startedAt, process };
};

/** Without an admin API, readiness takes a while. A webhook lookup shows sooner that the gateway has reached the store. */
const configurationFollowed = async (url: string): Promise<void> => {
  const nobody = '00000000-0000-4000-8000-000000000000';
  for (;;) {
    const answer = await fetch(`${url}/api/v1/boards/${nobody}/webhooks/${nobody}`, { method: 'POST' }).catch(
      () => null,
    );
    if (answer?.status === 404) return;
    await delay(20);
  }
};

/** Starts a bare Fastify handler in its own process. */
export const startBareFastify = async (): Promise<{ url: string; process: StartedProcess }> => {
  const process = startProcess('tests/dist/bench/ingest/bare-fastify.js');
  const [url = ''] = await process.printed(/http:\S+/);
  return { url, process };
};

/** Starts a process that appends without a gateway. */
export const startRawAppends = async (eventStoreUrl: string) => {
  const process = startProcess('tests/dist/bench/ingest/raw-appends.js', {
    args: [eventStoreUrl],
    stdin: true,
  });
  await process.printed(/^ready$/m);
  let runs = 0;
  return {
    process,
    run: async ({ connections, amount }: { connections: number; amount: number }) => {
      runs += 1;
      process.child.stdin?.write(`${amount} ${connections}\n`);
      await process.printed(new RegExp(`(?:^result .*$[^]*?){${runs}}`, 'm'));
      const lines = process.output().split('\n');
      const results = lines.filter((line) => line.startsWith('result '));
      return JSON.parse(results[runs - 1]?.slice('result '.length) ?? '{}') as Omit<LoadResult, 'accepted'>;
    },
  };
};
