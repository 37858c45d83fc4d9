import 'reflect-metadata';
import type { EventStore } from '@mission-control/event-store';
import {
  checkReadiness,
  closingGracefully,
  endConnectionsWhen,
  type ReadinessCheck,
  type RunningService,
  type ServiceContext,
} from '@mission-control/runtime';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Backend } from './backend/backend.ts';
import { contentKeysUrlOf, type GatewayConfig, rateLimitRedisUrlOf } from './config.ts';
import { createDispatch } from './edge/dispatch.ts';
import { registerForwarding } from './edge/forward.ts';
import { ObservedRequests } from './edge/observed-requests.ts';
import { gatewayModule } from './gateway.module.ts';
import { createChecks } from './health/checks.ts';
import { sharedAnswer } from './health/shared-answer.ts';
import { answerIngest, type RejectedRequest } from './ingest/answer-ingest.ts';
import { Capacity } from './ingest/capacity.ts';
import { createIngest } from './ingest/ingest.ts';
import { IngestLimits } from './ingest/limits.ts';
import { createIngestMetrics } from './ingest/metrics.ts';
import { RedisLink } from './ingest/redis-link.ts';
import { reportTooLargeForStore } from './ingest/report-too-large.ts';
import { recordMisaddressed } from './rejections/record-misaddressed.ts';
import { recordRejection } from './rejections/record-rejection.ts';
import { createServer } from './server/create-server.ts';
import { ErrorFilter } from './server/error.filter.ts';
import { listen } from './server/listen.ts';
import { createFindSender } from './source/sender-address.ts';
import { reportUntrustedForwarding } from './source/untrusted-forwarding.ts';

/** One sender may hold half of the bytes, which is twice the largest configurable body. */
const capacityLimits = { requests: 2_000, bytes: 64 * 1024 * 1024 };
/** Lookups of unknown ids, all senders together. Beyond this, lookups are made one at a time. */
const unknownLookups = { requests: 1_000, seconds: 10 };
const publicReadinessMs = 1_000;
/** How long requests in progress may take to finish when the gateway stops. */
const stopPatienceMs = 5_000;

export interface Gateway extends RunningService {
  readonly port: number;
}

/**
 * Starts the gateway. It listens even while the event store is unreachable: ingest then answers 503, and everything else is forwarded.
 *
 * @throws WrongEncryptionKey; ConfigError when RATE_LIMIT_REDIS_URL or DATABASE_URL is required but missing; an Error that names PORT or HOST when it
 * cannot listen
 */
export const startGateway = async (
  context: ServiceContext<GatewayConfig>,
  openStore: () => Promise<EventStore>,
  { redisAnswerWithinMs }: { redisAnswerWithinMs?: number | undefined } = {},
): Promise<Gateway> => {
  const { config, log, signal } = context;
  const { meter } = context.metrics;
  const redis = openRedisLink(context, redisAnswerWithinMs);
  contentKeysUrlOf(config);
  const limits = createLimits(config, redis);
  const backend = new Backend(context, openStore, limits);
  await backend.start();

  const capacity = new Capacity(capacityLimits);
  const metrics = createIngestMetrics(meter, capacity);
  const observed = new ObservedRequests(meter);
  const findSender = createFindSender({
    trustedProxies: config.TRUSTED_PROXIES,
    header: config.TRUSTED_PROXY_HEADER,
    onUntrusted: reportUntrustedForwarding(meter, log),
  });
  const ingest = createIngest({
    backend,
    limits,
    capacity,
    metrics,
    maxBytes: config.WEBHOOK_MAX_PAYLOAD_BYTES,
    onTooLargeForStore: reportTooLargeForStore(log),
    redactedHeaders: config.WEBHOOK_REDACT_HEADERS,
  });
  const onRejected = (rejected: RejectedRequest) => void recordRejection(backend, rejected);
  const ingestRoute = { ingest, findSender, limits, metrics, onRejected, log };
  const dispatch = createDispatch({
    answerIngest: (request, reply, target) => answerIngest(ingestRoute, request, reply, target),
    corsOrigins: config.CORS_ORIGINS,
    findSender,
    observed,
    onMisaddressed: (misaddressed) => void recordMisaddressed(backend, misaddressed),
  });
  const checks = createChecks({ backend, adminApiUrl: config.ADMIN_API_URL, redis });

  const server = createServer(dispatch);
  server.addHook('onRequest', dispatch);
  const adminApiUrl = config.ADMIN_API_URL;
  await registerForwarding(server, { adminApiUrl, findSender, observed, log, stopping: signal });
  const app = await createApp(server, checks, context);
  endConnectionsWhen(server.server, context.draining);
  const closeGracefully = closingGracefully(server.server, stopPatienceMs);
  const port = await listen(server, config.HOST, config.PORT);
  log.info({ host: config.HOST, port }, 'listening');

  return {
    port,
    checks,
    stop: async () => {
      await closeGracefully(() => app.close());
      redis?.stop();
      await backend.close();
    },
  };
};

/** null: each process counts on its own. */
const openRedisLink = (
  { config, log, metrics: { meter } }: ServiceContext<GatewayConfig>,
  answerWithinMs: number | undefined,
): RedisLink | null => {
  const url = rateLimitRedisUrlOf(config);
  return url === null ? null : new RedisLink(url, { log, meter, answerWithinMs });
};

const createLimits = (config: GatewayConfig, redis: RedisLink | null): IngestLimits =>
  new IngestLimits(
    {
      rejected: config.WEBHOOK_REJECTION_RATE_LIMIT,
      accepted: config.WEBHOOK_RATE_LIMIT,
      lookups: unknownLookups,
    },
    redis,
    config.EVENTSTORE_PREFIX,
  );

/** The part that Nest runs: health on the public port, and the error format. */
const createApp = async (
  server: FastifyInstance,
  checks: readonly ReadinessCheck[],
  { log, draining }: ServiceContext<GatewayConfig>,
): Promise<NestFastifyApplication> => {
  const isReady = sharedAnswer(
    async () => (await checkReadiness(checks)).ready && !draining.aborted,
    publicReadinessMs,
  );
  const app = await NestFactory.create<NestFastifyApplication>(
    gatewayModule(isReady),
    new FastifyAdapter(server),
    { logger: false, bodyParser: false, abortOnError: false },
  );
  app.useGlobalFilters(new ErrorFilter(log));
  await app.init();
  return app;
};
