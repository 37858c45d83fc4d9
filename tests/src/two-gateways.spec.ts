import { createHmac, randomBytes } from 'node:crypto';
import { freePort } from '@mission-control/free-ports';
import { createTestDatabase } from '@mission-control/test-servers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AdminClient } from './system/admin-client.ts';
import { describeOnEventStores, type StartedEventStore } from './system/event-stores.spec-support.ts';
import { type RoundRobin, startRoundRobin } from './system/round-robin.spec-support.ts';
import { answersOk, type StartedProcess, startProcess } from './system/service-process.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

const changes = process.env.TEST_SIZE === 'full' ? 100 : 40;
const webhooks = 10;

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let eventStore: StartedEventStore;
let system: RunningSystem;
let second: StartedProcess;
let proxy: RoundRobin;
let admin: AdminClient;

describeOnEventStores('two gateways behind a proxy', 'eventstoredb', ({ start }) => {
  beforeAll(async () => {
    database = await createTestDatabase();
    eventStore = await start();
    const env = {
      EVENTSTORE_URL: eventStore.url ?? database.url,
      EVENTSTORE_PREFIX: eventStore.prefix,
      DATABASE_URL: database.url,
      ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      WEBHOOK_REJECTION_RATE_LIMIT: '0',
      LOG_LEVEL: 'warn',
    };
    system = await startSystem({ env });
    const port = await freePort();
    second = startProcess('services/gateway/dist/main.js', {
      env: { ...env, PORT: String(port), MANAGEMENT_PORT: '0', ADMIN_API_URL: system.url },
    });
    await answersOk(`http://127.0.0.1:${port}/readyz`, 180_000);
    proxy = await startRoundRobin([system.url, `http://127.0.0.1:${port}`]);
    admin = new AdminClient(proxy.url, system.adminToken);
  });
  afterAll(async () => {
    await proxy?.stop();
    await second?.stop();
    await system?.stop();
    await eventStore?.stop();
    await database?.drop();
  });

  const signed = (secret: string, body: string) => ({
    'x-webhook-signature': createHmac('sha256', secret).update(body).digest('hex'),
  });
  /** Posts once through each gateway, immediately after the response to the change. */
  const postTwice = (path: string, secret: string) => {
    const body = '{"event":"after a change"}';
    const post = async () =>
      (await fetch(`${proxy.url}${path}`, { method: 'POST', body, headers: signed(secret, body) })).status;
    return Promise.all([post(), post()]);
  };

  it(`${changes} of ${changes} changes of a webhook apply to the requests that follow the response`, async () => {
    const { id: boardId } = await admin.post<{ id: string }>('/api/v1/boards', { name: 'Changing' });
    const outdated: string[] = [];
    let made = 0;
    const changeInTurn = async (name: number) => {
      let secret = `secret 0 of ${name}`;
      const { endpoint_path: path } = await admin.post<{ endpoint_path: string }>(
        `/api/v1/boards/${boardId}/webhooks`,
        { description: 'Changes', secret },
      );
      const expectAnswers = async (what: string, key: string, status: number) => {
        const answers = await postTwice(path, key);
        if (answers.some((answer) => answer !== status)) outdated.push(`${what}: ${answers} for ${status}`);
      };
      const change = async (body: object) => {
        made += 1;
        await admin.patch(path, body);
      };
      // Both gateways know the webhook before it changes.
      await expectAnswers('created', secret, 202);
      for (let round = 1; round <= changes / webhooks / 2; round += 1) {
        const before = secret;
        secret = `secret ${round} of ${name}`;
        await change({ secret, enabled: true });
        await expectAnswers('old secret', before, 403);
        await expectAnswers('new secret', secret, 202);
        await change(round % 2 ? { enabled: false } : { allowed_ips: ['192.0.2.1'] });
        await expectAnswers('shut', secret, round % 2 ? 410 : 403);
        if (round % 2 === 0) await admin.patch(path, { allowed_ips: [] });
      }
      await admin.call('DELETE', path);
      await expectAnswers('deleted', secret, 404);
    };
    await Promise.all(Array.from({ length: webhooks }, (_, name) => changeInTurn(name)));
    expect(outdated).toEqual([]);
    expect(made).toBe(changes);
    for (const count of proxy.counts) expect(count).toBeGreaterThan(changes);
  }, 600_000);
});
