import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aggregates, decideOn } from '@mission-control/aggregates';
import {
  type EncryptedSecret,
  newRandomId,
  parseEvent,
  secretContexts,
  streams,
  type WebhookPayloadReceived,
  webhookDefaults,
} from '@mission-control/contracts';
import { decideWebhook, type WebhookCommand, type WebhookSettings } from '@mission-control/domain';
import { type EventStore, type LargestEvent, openEventStore } from '@mission-control/event-store';
import { type Keyring, openKeyring } from '@mission-control/keyring';
import { migrateReadModels } from '@mission-control/read-models';
import { createLog, createMetrics, loadConfig, type Metrics } from '@mission-control/runtime';
import { createTestDatabase } from '@mission-control/test-servers';
import { waitFor } from '@mission-control/testing';
import { gatewayVariables } from '../config.ts';
import { type Gateway, startGateway } from '../gateway.ts';

export interface TestWebhook {
  readonly boardId: string;
  readonly webhookId: string;
  readonly path: string;
  readonly url: string;
}

/** The secret is given in plain text. */
export type GivenSettings = Partial<Omit<WebhookSettings, 'secret'>> & { readonly secret?: string | null };

export interface TestGateway {
  readonly gateway: Gateway;
  readonly url: string;
  readonly port: number;
  /** The store as another service uses it: the gateway learns of changes through its tail only. */
  readonly store: EventStore;
  readonly keyring: Keyring;
  /** Lines that the gateway logged. */
  readonly logged: readonly string[];
  readonly createWebhook: (settings?: GivenSettings) => Promise<TestWebhook>;
  readonly command: (webhook: Pick<TestWebhook, 'webhookId'>, command: WebhookCommand) => Promise<void>;
  readonly payloads: (webhookId: string) => Promise<WebhookPayloadReceived[]>;
  readonly databaseUrl: string;
  /** In the format of `ENCRYPTION_KEY`. */
  readonly encryptionKey: string;
  /** In the Prometheus text format. */
  readonly metricsText: () => Promise<string>;
  /** Stops only the gateway, like a signal does. */
  readonly stopGateway: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const context = () => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'admin', id: 'spec' } as const,
  correlationId: 'spec',
  causationId: null,
});

interface TestGatewayOptions {
  readonly env?: Record<string, string>;
  /** Gives the gateway another address for the database. */
  readonly throughUrl?: (databaseUrl: URL) => Promise<URL>;
  /** An event store to use instead of the database. */
  readonly eventStoreUrl?: string;
  readonly largestEvent?: LargestEvent;
  readonly ready?: boolean;
  /** The default is long enough for a Redis on a slow machine. */
  readonly redisAnswerWithinMs?: number;
}

/** The gateway as `main.ts` composes it, with its own database. */
export const startTestGateway = async (options: TestGatewayOptions = {}): Promise<TestGateway> => {
  const database = await createTestDatabase();
  const key = randomBytes(32);
  const encryptionKey = key.toString('base64');
  const store = await openEventStore(options.eventStoreUrl ?? database.url);
  const keyring = await openKeyring(store, [key], context());
  if ((options.env?.CONTENT_ENCRYPTION ?? 'off') !== 'off') await migrateReadModels(database.url);
  const storeUrl =
    (await options.throughUrl?.(new URL(database.url)))?.href ?? options.eventStoreUrl ?? database.url;
  const {
    gateway,
    logged,
    metrics,
    stop: stopGateway,
  } = await run({ storeUrl, databaseUrl: database.url }, encryptionKey, options);
  const attached = async () => {
    await gateway.checks.find(({ name }) => name === 'configuration_tail')?.check();
    return true;
  };
  if (options.ready ?? true) await waitFor(attached);
  const url = `http://127.0.0.1:${gateway.port}`;
  const command = commandsTo(store);
  return {
    gateway,
    url,
    port: gateway.port,
    store,
    keyring,
    logged,
    createWebhook: async ({ secret = null, ...settings } = {}) => {
      const webhookId = newRandomId();
      const boardId = newRandomId();
      const encrypted: EncryptedSecret | null =
        secret === null ? null : await keyring.encrypt(secretContexts.webhook(webhookId), secret);
      await command({ webhookId }, { ...newWebhook, webhookId, boardId, ...settings, secret: encrypted });
      const path = `/api/v1/boards/${boardId}/webhooks/${webhookId}`;
      return { boardId, webhookId, path, url: `${url}${path}` };
    },
    command,
    payloads: (webhookId) => payloadsOf(store, webhookId),
    databaseUrl: database.url,
    encryptionKey,
    metricsText: () => textOf(metrics),
    stopGateway,
    stop: async () => {
      await stopGateway();
      await metrics.stop();
      await store.close();
      await database.drop();
    },
  };
};

const run = async (
  { storeUrl, databaseUrl }: { storeUrl: string; databaseUrl: string },
  encryptionKey: string,
  options: TestGatewayOptions,
) => {
  const { env, largestEvent, redisAnswerWithinMs = 30_000 } = options;
  const stopping = new AbortController();
  const logged: string[] = [];
  const log = createLog(
    'gateway',
    { level: 'debug', format: 'json' },
    { write: (line) => void logged.push(line) },
  );
  const metrics = createMetrics('gateway');
  const gateway = await startGateway(
    {
      config: loadConfig(gatewayVariables, {
        PORT: '0',
        ADMIN_API_URL: 'http://127.0.0.1:9',
        EVENTSTORE_URL: storeUrl,
        DATABASE_URL: databaseUrl,
        ENCRYPTION_KEY: encryptionKey,
        WEBHOOK_REJECTION_RATE_LIMIT: '0',
        // There is no projector here, which makes the tables of the content keys.
        CONTENT_ENCRYPTION: 'off',
        ...env,
      }),
      log,
      metrics,
      signal: stopping.signal,
      draining: stopping.signal,
      fail: (error) => log.fatal({ err: error }, 'failed'),
    },
    () => openEventStore(storeUrl, { log, ...(largestEvent && { largestEvent }) }),
    { redisAnswerWithinMs },
  );
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopping.abort();
    stopped ??= gateway.stop();
    return stopped;
  };
  return { gateway, logged, metrics, stop };
};

const newWebhook = {
  type: 'CreateWebhook',
  description: 'A webhook of a spec',
  enabled: true,
  agentId: null,
  signatureScheme: 'hmac',
  signatureHeader: null,
  ...webhookDefaults,
} as const;

const commandsTo =
  (store: EventStore): TestGateway['command'] =>
  async ({ webhookId }, command) => {
    await decideOn(store, aggregates.webhook, webhookId, context(), (state) => decideWebhook(command, state));
  };

const payloadsOf = async (store: EventStore, webhookId: string): Promise<WebhookPayloadReceived[]> => {
  const payloads: WebhookPayloadReceived[] = [];
  for await (const recorded of store.readStream(streams.payloads(webhookId))) {
    payloads.push(parseEvent(recorded).data as WebhookPayloadReceived);
  }
  return payloads;
};

/** Read over HTTP, because the exporter has no other interface. */
const textOf = async (metrics: Metrics): Promise<string> => {
  const server = createServer(metrics.answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    return await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  } finally {
    server.close();
  }
};
