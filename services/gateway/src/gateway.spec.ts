import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { waitFor } from '@mission-control/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type CuttableLink, startCuttableLink } from './testing/cuttable-link.ts';
import { startTestGateway, type TestGateway } from './testing/test-gateway.ts';
import { startUpstream } from './testing/upstream.ts';

const post = (url: string) => fetch(url, { method: 'POST', body: '{}' });
const ready = async (t: TestGateway) => (await fetch(`${t.url}/readyz`)).status === 200;

const start = async (...given: Parameters<typeof startTestGateway>) => {
  const t = await startTestGateway(...given);
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= t.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { ...t, stop };
};

/** A gateway whose connection to the event store can be cut. */
const startBehindLink = async (options: { cut?: boolean } = {}) => {
  const links: CuttableLink[] = [];
  const adminApi = await startUpstream((_, response) => response.end('{}'));
  onTestFinished(adminApi.stop);
  const t = await start({
    ready: !options.cut,
    env: { ADMIN_API_URL: adminApi.url },
    throughUrl: async (url) => {
      const link = await startCuttableLink({ host: url.hostname, port: Number(url.port) });
      onTestFinished(link.stop);
      if (options.cut) link.cut();
      links.push(link);
      const through = new URL(url);
      through.port = String(link.port);
      return through;
    },
  });
  const [link] = links;
  if (!link) throw new Error('The gateway was not sent through the link.');
  return { t, link };
};

describe('while the event store is unreachable', () => {
  it('at startup: listens, is not ready, answers 503, and starts working once the store is reachable', async () => {
    const { t, link } = await startBehindLink({ cut: true });
    const webhook = await t.createWebhook();
    const rejected = await post(webhook.url);
    expect(rejected.status).toBe(503);
    expect(rejected.headers.get('retry-after')).toBe('2');
    expect(await rejected.json()).toMatchObject({ code: 'webhook_lookup_unavailable' });
    expect(await (await fetch(`${t.url}/readyz`)).json()).toEqual({ status: 'unavailable' });
    expect((await fetch(`${t.url}/healthz`)).status).toBe(200);
    link.restore();
    await waitFor(() => ready(t));
    expect((await post(webhook.url)).status).toBe(202);
  });

  it('later: answers 503 for known and unknown webhooks alike, and recovers afterwards', async () => {
    const { t, link } = await startBehindLink();
    const webhook = await t.createWebhook();
    expect((await post(webhook.url)).status).toBe(202);
    link.cut();
    const known = await post(webhook.url);
    expect(known.status).toBe(503);
    expect(Number(known.headers.get('retry-after'))).toBeGreaterThan(0);
    const unknown = await post(webhook.url.replace(webhook.webhookId, crypto.randomUUID()));
    expect(unknown.status).toBe(503);
    await waitFor(async () => !(await ready(t)));
    link.restore();
    await waitFor(() => ready(t));
    expect((await post(webhook.url)).status).toBe(202);
    expect(await t.payloads(webhook.webhookId)).toHaveLength(2);
  });
});

describe('the admin API', () => {
  it('is required at startup; later the gateway stays ready without it', async () => {
    let status = 503;
    const adminApi = await startUpstream((_, response) => response.writeHead(status).end('{}'));
    onTestFinished(adminApi.stop);
    const t = await start({ ready: false, env: { ADMIN_API_URL: adminApi.url } });
    await waitFor(() => adminApi.seen.some(({ url }) => url === '/readyz') || ready(t).then(() => false));
    expect(await ready(t)).toBe(false);
    status = 200;
    await waitFor(() => ready(t));
    status = 503;
    const seen = adminApi.seen.length;
    await waitFor(async () => (await ready(t)) && adminApi.seen.length > seen + 1);
    expect(await ready(t)).toBe(true);
  });
});

describe('a stop', () => {
  it('lets requests in progress finish, ends event streams, and accepts no new requests', async () => {
    let finishSlowly = () => {};
    const upstream = await startUpstream(({ url }, response) => {
      if (url === '/slow') {
        response.writeHead(200, { 'content-type': 'text/plain' }).write('slow');
        finishSlowly = () => response.end(' but whole');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    });
    onTestFinished(upstream.stop);
    const t = await start({ env: { ADMIN_API_URL: upstream.url } });
    const webhook = await t.createWebhook();
    const stream = await fetch(`${t.url}/stream`);
    const slow = await fetch(`${t.url}/slow`);
    const streamEnded = stream.text().then(
      () => 'ended',
      () => 'ended',
    );
    const socket = connect(t.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.write(`POST ${webhook.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{`);
    await waitFor(async () => /^mission_control_ingest_active_requests\S* 1$/m.test(await t.metricsText()));
    const stopping = t.stopGateway();
    expect(await streamEnded).toBe('ended');
    await expect(fetch(t.url)).rejects.toThrow();
    finishSlowly();
    expect(await slow.text()).toBe('slow but whole');
    socket.write('  }');
    await waitFor(() => received.includes('payload_id'));
    expect(received).toMatch(/^HTTP\/1.1 202 /);
    await stopping;
    expect(await t.payloads(webhook.webhookId)).toHaveLength(1);
  });
});

describe('the process', () => {
  const run = async (env: Record<string, string>) => {
    const child = spawn(process.execPath, ['services/gateway/dist/main.js'], {
      env: {
        ...{ PATH: process.env.PATH, MANAGEMENT_PORT: '0', ADMIN_API_URL: 'http://127.0.0.1:9' },
        ...{ CONTENT_ENCRYPTION: 'false', ...env },
      },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += String(chunk);
      });
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  };

  it('names the port that is taken', async () => {
    const t = await start();
    const { code, output } = await run({
      PORT: String(t.port),
      EVENTSTORE_URL: t.databaseUrl,
      ENCRYPTION_KEY: t.encryptionKey,
    });
    expect(code).toBe(1);
    expect(output).toContain(`PORT ${t.port} on 127.0.0.1 is already in use`);
  });

  it('rejects a different encryption key', async () => {
    const t = await start();
    const { code, output } = await run({
      PORT: '0',
      EVENTSTORE_URL: t.databaseUrl,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    });
    expect(code).toBe(1);
    expect(output).toContain('ENCRYPTION_KEY is not the key');
  });

  it('names every variable that is missing or wrong', async () => {
    const { code, output } = await run({
      ADMIN_API_URL: '',
      WEBHOOK_RATE_LIMIT: 'many',
      TRUSTED_PROXIES: '10.0.0/8',
    });
    expect(code).toBe(1);
    for (const name of ['ADMIN_API_URL', 'ENCRYPTION_KEY', 'WEBHOOK_RATE_LIMIT', 'TRUSTED_PROXIES']) {
      expect(output).toContain(`${name} `);
    }
  });

  it('names the two variables that can set the event store', async () => {
    const { code, output } = await run({ ENCRYPTION_KEY: randomBytes(32).toString('base64') });
    expect(code).toBe(1);
    expect(output).toMatch(/EVENTSTORE_URL.*DATABASE_URL/);
  });

  it('rejects encryption without a database for the keys', async () => {
    const { code, output } = await run({
      EVENTSTORE_URL: 'esdb://127.0.0.1:9',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      CONTENT_ENCRYPTION: 'true',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/gateway cannot start:\nDATABASE_URL is missing/);
  });

  it('rejects shared limits without a Redis URL', async () => {
    const { code, output } = await run({
      EVENTSTORE_URL: 'postgres://127.0.0.1:9/none',
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      RATE_LIMIT_BACKEND: 'redis',
    });
    expect(code).toBe(1);
    expect(output).toMatch(/gateway cannot start:\nRATE_LIMIT_REDIS_URL is missing/);
  });
});
