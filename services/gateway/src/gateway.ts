import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { AggregateCache, Lease } from '@mission-control/aggregates';
import { configurationLeaseMs } from '@mission-control/contracts';
import type { EventStore } from '@mission-control/event-store';
import {
  checkReadiness,
  keepRunning,
  type RunningService,
  type ServiceContext,
} from '@mission-control/runtime';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type GatewayConfig, rateLimitRedisUrlOf } from './config.ts';
import { createDispatch } from './edge/dispatch.ts';
import { registerForwarding } from './edge/forward.ts';
import { gatewayModule } from './gateway.module.ts';
import { createChecks } from './health/checks.ts';
import { sharedAnswer } from './health/shared-answer.ts';
import { answerIngest } from './ingest/answer-ingest.ts';
import { Capacity } from './ingest/capacity.ts';
import { createIngest, type IngestBackend } from './ingest/ingest.ts';
import { IngestLimits } from './ingest/limits.ts';
import { createIngestMetrics } from './ingest/metrics.ts';
import { type Reached, reachEventStore } from './ingest/reach-event-store.ts';
import { RedisLink } from './ingest/redis-link.ts';
import { reportTooLargeForStore } from './ingest/report-too-large.ts';
import { Secrets } from './ingest/secrets.ts';
import { Webhooks } from './ingest/webhooks.ts';
import { recordMisaddressed } from './rejections/record-misaddressed.ts';
import { recordRejection } from './rejections/record-rejection.ts';
import { RejectionRecorder } from './rejections/rejection-recorder.ts';
import { closeServer } from './server/close.ts';
import { createServer } from './server/create-server.ts';
import { ErrorFilter } from './server/error.filter.ts';
import { listen } from './server/listen.ts';
import { createFindSender } from './source/sender-address.ts';
import { reportUntrustedForwarding } from './source/untrusted-forwarding.ts';

/** One sender may hold half of the bytes, which is twice the largest configurable body. */
const capacityLimits = { requests: 2_000, bytes: 64 * 1024 * 1024 };
/** Lookups of unknown ids, all senders together. Beyond this, lookups are made one at a time. */
const unknownLookups = { requests: 1_000, seconds: 10 };
/** How long startup waits for the event store before it opens the port without it. */
const firstReachMs = 2_000;
const publicReadinessMs = 1_000;

/** What needs the event store. */
interface Backend extends IngestBackend, Reached {
  readonly cache: AggregateCache;
  readonly rejections: RejectionRecorder;
}

export interface Gateway extends RunningService {
  readonly port: number;
}

/**
 * Starts the gateway. It listens even while the event store is unreachable: ingest then answers 503, and everything else is forwarded.
 *
 * @throws WrongEncryptionKey; ConfigError when RATE_LIMIT_REDIS_URL is required but missing; an Error that names PORT or HOST when it
 * cannot listen
 */
export const startGateway = async (
  { config, log, metrics, signal, fail }: ServiceContext<GatewayConfig>,
  openStore: () => Promise<EventStore>,
  { redisAnswerWithinMs }: { redisAnswerWithinMs?: number | undefined } = {},
): Promise<Gateway> => {
  const redisUrl = rateLimitRedisUrlOf(config);
  const answerWithinMs = redisAnswerWithinMs;
  const redis =
    redisUrl === null ? null : new RedisLink(redisUrl, { log, meter: metrics.meter, answerWithinMs });
  const limits = new IngestLimits(
    {
      rejected: config.WEBHOOK_REJECTION_RATE_LIMIT,
      accepted: config.WEBHOOK_RATE_LIMIT,
      lookups: unknownLookups,
    },
    redis,
  );
  let backend: Backend | null = null;
  const max = config.WEBHOOK_CACHE_SIZE;
  const follow = async (reached: Reached | null): Promise<void> => {
    if (!reached) return;
    const cache = new AggregateCache(reached.store, { max });
    const lease = new Lease(reached.store, cache, configurationLeaseMs);
    backend = {
      ...reached,
      cache,
      webhooks: new Webhooks(cache, lease, limits),
      secrets: new Secrets(reached.keyring, log, { max }),
      rejections: new RejectionRecorder(reached.store, metrics.meter),
    };
    log.info('the event store is reached');
    await keepRunning('configuration tail', () => cache.follow(signal), { signal, log });
  };
  let unreached = new Error('the event store has not been reached yet');
  const reaching = reachEventStore({
    openStore,
    operatorKeys: config.ENCRYPTION_KEY,
    log,
    signal,
    onFailure: (error) => {
      unreached = error;
    },
  });
  const following = reaching.then(follow);
  following.catch(fail);
  await Promise.race([reaching, delay(firstReachMs, undefined, { signal }).catch(() => {})]);

  const capacity = new Capacity(capacityLimits);
  const ingestMetrics = createIngestMetrics(metrics.meter, capacity);
  const findSender = createFindSender({
    trustedProxies: config.TRUSTED_PROXIES,
    header: config.TRUSTED_PROXY_HEADER,
    onUntrusted: reportUntrustedForwarding(metrics.meter, log),
  });
  const ingest = createIngest({
    backend: () => backend,
    limits,
    capacity,
    metrics: ingestMetrics,
    maxBytes: config.WEBHOOK_MAX_PAYLOAD_BYTES,
    onTooLargeForStore: reportTooLargeForStore(log),
    redactedHeaders: config.WEBHOOK_REDACT_HEADERS,
  });
  const checks = createChecks({
    backend: () => backend,
    unreached: () => unreached,
    adminApiUrl: config.ADMIN_API_URL,
    redis,
  });
  const isReady = sharedAnswer(
    async () => (await checkReadiness(checks)).ready && !signal.aborted,
    publicReadinessMs,
  );

  const onRejected = recordRejection(() => backend);
  const ingestRoute = { ingest, findSender, limits, metrics: ingestMetrics, onRejected, log };
  const dispatch = createDispatch({
    answerIngest: (request, reply, target) => answerIngest(ingestRoute, request, reply, target),
    corsOrigins: config.CORS_ORIGINS,
    findSender,
    onMisaddressed: (misaddressed) => {
      if (backend) void recordMisaddressed(backend, misaddressed);
    },
  });
  const server = createServer(dispatch);
  server.addHook('onRequest', dispatch);
  await registerForwarding(server, { adminApiUrl: config.ADMIN_API_URL, findSender, log, stopping: signal });
  const app = await NestFactory.create<NestFastifyApplication>(
    gatewayModule(isReady),
    new FastifyAdapter(server),
    { logger: false, bodyParser: false, abortOnError: false },
  );
  app.useGlobalFilters(new ErrorFilter(log));
  await app.init();
  const port = await listen(server, config.HOST, config.PORT);
  log.info({ host: config.HOST, port }, 'listening');

  return {
    port,
    checks,
    stop: async () => {
      await closeServer(server, () => app.close());
      redis?.stop();
      await following.catch(() => {});
      await backend?.rejections.close();
      await backend?.store.close();
    },
  };
};
