import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { freePort } from '@mission-control/free-ports';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { answersOk, type StartedProcess, startProcess } from './system/service-process.ts';
import { type RunningSystem, startSystem } from './system/standalone.ts';

/** Sent to a gateway after it was told to stop, and before the load balancer takes notice. */
const sentWhileStopping = 100;
const senders = 8;

/** A gateway as a load balancer sees it: it is in rotation until it stops being ready, and its connections are kept open. */
interface Backend {
  readonly agent: Agent;
  readonly port: number;
  readonly process: StartedProcess;
  readonly isReady: () => Promise<boolean>;
  answered: number;
  inProgress: number;
}

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let system: RunningSystem;
const rotation: Backend[] = [];
const started: Backend[] = [];
let env: Record<string, string>;

const startBackend = async (): Promise<void> => {
  const [port, managementPort] = [await freePort(), await freePort()];
  const process = startProcess('services/gateway/dist/main.js', {
    env: {
      ...env,
      PORT: String(port),
      MANAGEMENT_PORT: String(managementPort),
      ADMIN_API_URL: system.url,
      SHUTDOWN_DELAY_SECONDS: '300',
    },
  });
  const readiness = `http://127.0.0.1:${managementPort}/readyz`;
  await answersOk(readiness, 180_000);
  const isReady = async () => (await fetch(readiness)).status === 200;
  const backend = {
    agent: new Agent({ keepAlive: true }),
    port,
    process,
    isReady,
    answered: 0,
    inProgress: 0,
  };
  started.push(backend);
  rotation.push(backend);
};

/** Resolves to the status of the answer. Like a proxy, it does not repeat a POST whose connection broke. */
const post = (backend: Backend, path: string, body: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { agent, port } = backend;
    request({ host: '127.0.0.1', port, path, agent, method: 'POST' }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end(body);
  });

beforeAll(async () => {
  database = await createTestDatabase();
  env = {
    EVENTSTORE_URL: database.url,
    ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    WEBHOOK_RATE_LIMIT: '0',
    LOG_LEVEL: 'info',
    LOG_FORMAT: 'json',
  };
  system = await startSystem({ env: { ...env, DATABASE_URL: database.url } });
  await startBackend();
  await startBackend();
});
afterAll(async () => {
  for (const { process } of started) process.child.kill('SIGKILL');
  await Promise.all(started.map(({ process }) => process.exited));
  await system?.stop();
  await database?.drop();
});

it('a rolling restart of the gateways behind a load balancer fails no request', async () => {
  const { id: boardId } = await system.admin.post<{ id: string }>('/api/v1/boards', { name: 'Rolling' });
  const { endpoint_path: path } = await system.admin.post<{ endpoint_path: string }>(
    `/api/v1/boards/${boardId}/webhooks`,
    { description: 'Take all' },
  );
  const outcomes = new Map<number | string, number>();
  let isDone = false;
  let sent = 0;
  const keepSending = async () => {
    while (!isDone) {
      sent += 1;
      const backend = rotation[sent % rotation.length] as Backend;
      backend.inProgress += 1;
      const outcome = await post(backend, path, `{"number":${sent}}`).catch((error: Error) => error.message);
      backend.answered += 1;
      backend.inProgress -= 1;
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    }
  };
  const sending = Array.from({ length: senders }, keepSending);

  for (const old of [...rotation]) {
    await startBackend();
    const { answered } = old;
    old.process.child.kill('SIGTERM');
    await waitFor(async () => !(await old.isReady()));
    // The load balancer has not taken notice yet.
    await waitFor(() => old.answered >= answered + sentWhileStopping);
    rotation.splice(rotation.indexOf(old), 1);
    // A request may still be on its way.
    await waitFor(() => old.inProgress === 0);
    // As if the time of SHUTDOWN_DELAY_SECONDS had passed.
    old.process.child.kill('SIGTERM');
    expect(await old.process.exited).toBe(0);
  }
  isDone = true;
  await Promise.all(sending);
  expect([...outcomes]).toEqual([[202, sent]]);
}, 600_000);
