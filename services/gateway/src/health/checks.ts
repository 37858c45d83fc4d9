import type { AggregateCache } from '@mission-control/aggregates';
import type { ReadinessCheck } from '@mission-control/runtime';
import type { Reached } from '../ingest/reach-event-store.ts';
import type { RedisLink } from '../ingest/redis-link.ts';

const adminApiTimeoutMs = 1_500;
/** How long after its start the gateway counts as not ready while the admin API is unreachable. */
const adminApiAwaitedMs = 15_000;

/**
 * Ingest needs the event store and the configuration tail. At startup the admin API is required too, so that callers who wait for
 * readiness find the whole API. Later ingest continues without it, and load balancers keep the gateway in rotation. Redis is never
 * required.
 */
export const createChecks = (parts: {
  backend: () => (Reached & { readonly cache: AggregateCache }) | null;
  /** Why there is no backend. */
  unreached: () => Error;
  adminApiUrl: string;
  /** null when rate limits are not shared. */
  redis: RedisLink | null;
}): ReadinessCheck[] => {
  const backend = () => {
    const reached = parts.backend();
    if (!reached) throw parts.unreached();
    return reached;
  };
  const startedAt = performance.now();
  let adminApiSeen = false;
  const { redis } = parts;
  return [
    { name: 'event_store', check: () => backend().store.ping() },
    {
      name: 'configuration_tail',
      check: () => {
        if (!backend().cache.attached) throw new Error('not caught up with the event store');
      },
    },
    {
      name: 'admin_api',
      get required() {
        return !adminApiSeen && performance.now() - startedAt < adminApiAwaitedMs;
      },
      check: async () => {
        const answer = await fetch(new URL('/readyz', parts.adminApiUrl), {
          signal: AbortSignal.timeout(adminApiTimeoutMs),
        });
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`answers ${answer.status}`);
        adminApiSeen = true;
      },
    },
    ...(redis ? [{ name: 'rate_limit_redis', required: false, check: () => redis.check() }] : []),
  ];
};
