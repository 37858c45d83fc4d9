import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asEvent, type EventContext, streams } from '@mission-control/contracts';
import { freePort, startPostgres } from '@mission-control/embedded-servers';
import { type EventStore, openEventStore } from '@mission-control/event-store';
import { openKeyring } from '@mission-control/keyring';
import { answersOk, startProcess } from '../system/service-process.ts';
import { requireDurability } from './durability.ts';
import { type LoadResult, type LoadTarget, postLoad } from './load.ts';
import { machine, median, table, writeJson } from './report.ts';

export interface IngestOptions {
  readonly rounds: number;
  readonly requests: number;
  readonly connections: number;
  readonly json?: string;
}

const context: EventContext = {
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'bench' },
  correlationId: 'bench',
  causationId: null,
};

/**
 * Signed 1 KiB JSON over keep-alive connections to one gateway process, each answered 202 after the append is durable, interleaved with
 * a bare Fastify handler that answers 202 to the same request.
 *
 * @throws when the database does not flush to disk, or when the events stored are not as many as the 202s
 */
export const benchIngest = async (options: IngestOptions): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-bench-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  try {
    const postgres = await startPostgres({
      dataDir: join(folder, 'postgres'),
      password: randomBytes(16).toString('hex'),
    });
    stops.unshift(() => postgres.stop());
    const durability = await requireDurability(postgres.url);
    const store = await openEventStore(postgres.url);
    stops.unshift(() => store.close());
    const encryptionKey = randomBytes(32);
    const webhook = await createWebhook(store, encryptionKey);

    const port = await freePort();
    const gateway = startProcess('services/gateway/dist/main.js', {
      env: {
        PORT: String(port),
        MANAGEMENT_PORT: '0',
        LOG_LEVEL: 'warn',
        EVENTSTORE_URL: postgres.url,
        ENCRYPTION_KEY: encryptionKey.toString('base64'),
        ADMIN_API_URL: 'http://127.0.0.1:9',
        WEBHOOK_RATE_LIMIT: '0',
        WEBHOOK_INGEST_RATE_LIMIT: '0',
      },
    });
    stops.unshift(() => gateway.stop());
    await Promise.race([
      answersOk(`http://127.0.0.1:${port}/readyz`, 30_000),
      gateway.exited.then(() => Promise.reject(new Error(`The gateway ended:\n${gateway.output()}`))),
    ]);
    const bare = startProcess('tests/dist/bench/bare-fastify.js');
    stops.unshift(() => bare.stop());
    const [bareUrl] = await bare.printed(/http:\S+/);

    const path = `/api/v1/boards/${webhook.boardId}/webhooks/${webhook.webhookId}`;
    const request = signedRequest(webhook.secret);
    const targets: Record<string, LoadTarget> = {
      gateway: { url: `http://127.0.0.1:${port}${path}`, ...request },
      'bare Fastify': { url: `${bareUrl}${path}`, ...request },
    };

    const results: Record<string, LoadResult[]> = {};
    let accepted = 0;
    for (let round = 0; round <= options.rounds; round += 1) {
      for (const [name, target] of Object.entries(targets)) {
        const result = await postLoad(target, { connections: options.connections, amount: options.requests });
        if (name === 'gateway') accepted += result.accepted;
        if (result.notAccepted > 0)
          throw new Error(`${name} did not answer 202 to ${result.notAccepted} requests.`);
        if (round === 0) continue; // warm-up
        const all = results[name] ?? [];
        all.push(result);
        results[name] = all;
        process.stderr.write(
          `round ${round}/${options.rounds}  ${name}: ${result.requestsPerSecond.toFixed(0)}/s\n`,
        );
      }
    }
    const stored = await eventsIn(store, streams.payloads(webhook.webhookId));
    if (stored !== accepted)
      throw new Error(`${accepted} requests were answered 202, but ${stored} events are stored.`);

    const rows = Object.entries(results).map(([name, rounds]) => ({
      target: name,
      'requests/s': median(rounds.map((one) => one.requestsPerSecond)),
      'p50 ms': median(rounds.map((one) => one.p50)),
      'p95 ms': median(rounds.map((one) => one.p95)),
      'p99 ms': median(rounds.map((one) => one.p99)),
    }));
    const ratio = (rows[0]?.['requests/s'] ?? 0) / (rows[1]?.['requests/s'] ?? 1);
    process.stdout.write(
      `${table(rows)}\n\ngateway / bare Fastify: ${ratio.toFixed(2)} (medians of ${options.rounds} interleaved rounds of ${options.requests} requests, ${options.connections} connections)\n` +
        `stored events: ${stored} = 202s given: ${accepted}\n${durability}\n`,
    );
    if (options.json) {
      writeJson(options.json, {
        scenario: 'ingest',
        machine: machine(),
        options,
        durability,
        rows,
        ratio,
        stored,
        accepted,
        results,
      });
    }
  } finally {
    for (const stop of stops) await stop();
  }
};

const createWebhook = async (store: EventStore, encryptionKey: Buffer) => {
  const boardId = randomUUID();
  const webhookId = randomUUID();
  const secret = randomBytes(24).toString('hex');
  const keyring = await openKeyring(store, [encryptionKey], context);
  const data = {
    webhookId,
    boardId,
    description: 'Load',
    enabled: true,
    agentId: null,
    secret: await keyring.encrypt(`webhook:${webhookId}`, secret),
    signatureScheme: 'hmac',
    signatureHeader: null,
  } as const;
  await store.append(streams.webhook(webhookId), 'no_stream', [
    asEvent({ type: 'WebhookCreated', data }, context),
  ]);
  return { boardId, webhookId, secret };
};

const signedRequest = (secret: string) => {
  const body = JSON.stringify({ event: 'load', text: 'x'.repeat(1024 - 29) });
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  };
};

const eventsIn = async (store: EventStore, stream: string): Promise<number> => {
  for await (const last of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return last.revision + 1;
  return 0;
};
