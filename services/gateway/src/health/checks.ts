import type { ReadinessCheck } from '@mission-control/runtime';
import type { Backend } from '../backend/backend.ts';
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
  backend: Backend;
  adminApiUrl: string;
  /** null when rate limits are not shared. */
  redis: RedisLink | null;
}): ReadinessCheck[] => {
  const ready = () => {
    const { state } = parts.backend;
    if (state.kind === 'connecting') throw state.lastError;
    return state;
  };
  const startedAt = performance.now();
  let adminApiSeen = false;
  const { redis } = parts;
  return [
    { name: 'event_store', check: () => ready().store.ping() },
    {
      name: 'configuration_tail',
      check: () => {
        if (!ready().cache.attached) throw new Error('not caught up with the event store');
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
        if (!answer.ok) throw new Error(`responds with ${answer.status}`);
        adminApiSeen = true;
      },
    },
    ...(redis ? [{ name: 'rate_limit_redis', required: false, check: () => redis.check() }] : []),
  ];
};
