import { randomBytes } from 'node:crypto';
import { openReadableLog, type ReadableLog } from '@mission-control/content-keys';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { ProjectionRunner } from '@mission-control/projections';
import { migrateReadModels, openReadModels, projections } from '@mission-control/read-models';
import { createLog, createMetrics } from '@mission-control/runtime';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { type AdminApiContext, startAdminApi } from '../admin-api.ts';

export const adminToken = 'test-admin-token';
export const auditorToken = 'test-auditor-token';
export const baseUrl = 'https://hooks.test';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test asserts the body that it expects.
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TestAdminApi {
  readonly url: string;
  readonly databaseUrl: string;
  readonly store: EventStore;
  /** The log with readable content, and the content keys. */
  readonly readable: ReadableLog;
  /** As the admin, unless the headers say otherwise. */
  readonly call: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** Repeats a command that a busy machine answers with "try again", because too many others change the same thing at once. */
  readonly decided: (method: string, path: string, options?: CallOptions) => Promise<Answer>;
  /** Creates something and returns the body of the response; fails unless the status is 201. */
  // biome-ignore lint/suspicious/noExplicitAny: each test asserts the body that it expects.
  readonly create: (path: string, body: unknown) => Promise<any>;
  /** The log lines so far. */
  readonly logged: () => string;
  readonly stopProjections: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

export const testConfig = (databaseUrl: string): AdminApiContext['config'] => ({
  PORT: 0,
  HOST: '127.0.0.1',
  SHUTDOWN_DELAY_SECONDS: 0,
  BASE_URL: baseUrl,
  EVENTSTORE_URL: undefined,
  EVENTSTORE_PREFIX: '',
  INSTALLATION_ID: undefined,
  DATABASE_URL: databaseUrl,
  ENCRYPTION_KEY: [randomBytes(32)],
  LOCAL_AUTH_TOKEN: [{ name: 'root', token: adminToken }],
  AUDITOR_TOKEN: [{ name: 'jane', token: auditorToken }],
  OPENCLAW_DENY_CIDRS: undefined,
  READ_LINK_SECONDS: 3600,
  CONTENT_ENCRYPTION: 'off',
  WEBHOOK_DELETE_CLEANUP_MEMORY: false,
  BACKUPS_KEPT_DAYS: undefined,
});

/** Longer than a test may take, so responses wait until their change can be read, and a stop is never cut short. */
const withoutHurry = { readModelsMs: 600_000, stopMs: 600_000 };

/** The admin API as it runs in its own process, on a real Postgres, with the projections running in this process. */
export const startTestAdminApi = async (
  given: Partial<AdminApiContext['config']> = {},
  patience: AdminApiContext['patience'] = {},
): Promise<TestAdminApi> => {
  const database = await createTestDatabase();
  await migrateReadModels(database.url);
  const eventStoreUrl = given.EVENTSTORE_URL ?? database.url;
  const store = await openEventStore(eventStoreUrl, { name: 'test' });
  const config = { ...testConfig(database.url), ...given };
  const readable = await openReadableLog(await openEventStore(eventStoreUrl), config, 'test');
  const stopProjections = runProjections(database.url, readable.store);
  const lines: string[] = [];
  const api = await startAdminApi({
    config,
    log: createLog('admin-api', { level: 'info', format: 'json' }, { write: (line) => lines.push(line) }),
    metrics: createMetrics('admin-api'),
    fail: (error) => lines.push(`FAILED ${error}`),
    draining: new AbortController().signal,
    patience: { ...withoutHurry, ...patience },
  });
  const url = `http://127.0.0.1:${api.port}`;
  await waitFor(async () => (await fetch(`${url}/readyz`)).status === 200);

  const call = async (method: string, path: string, { body, headers }: CallOptions = {}): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${adminToken}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: isJson && text ? JSON.parse(text) : undefined,
    };
  };
  return {
    url,
    databaseUrl: database.url,
    store,
    readable,
    call,
    decided: async (...command) => {
      let answer = await call(...command);
      while (answer.body.code === 'too_much_contention') answer = await call(...command);
      return answer;
    },
    create: async (path, body) => {
      const answer = await call('POST', path, { body });
      if (answer.status !== 201) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
    logged: () => lines.join(''),
    stopProjections,
    stop: async () => {
      await api.stop();
      await stopProjections();
      await readable.store.close();
      await store.close();
      await database.drop();
    },
  };
};

const runProjections = (databaseUrl: string, store: EventStore): (() => Promise<void>) => {
  const stopping = new AbortController();
  const { db, close } = openReadModels(databaseUrl, { name: 'test-projector', timeouts: 'batches' });
  const runs = projections.map((projection) =>
    new ProjectionRunner({ projection, db, store }).run(stopping.signal),
  );
  let stopped: Promise<void> | undefined;
  return () => {
    stopping.abort();
    stopped ??= Promise.all(runs).then(close);
    return stopped;
  };
};
