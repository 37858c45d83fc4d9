import type { AggregateCache } from '@mission-control/aggregates';
import type { ReadinessCheck } from '@mission-control/runtime';
import type { Reached } from '../ingest/reach-event-store.ts';

const adminApiTimeoutMs = 1_500;

/** Ingest needs the event store and the tail of its configuration. Without the admin API it goes on. */
export const createChecks = (parts: {
  backend: () => (Reached & { readonly cache: AggregateCache }) | null;
  adminApiUrl: string;
}): ReadinessCheck[] => {
  const backend = () => {
    const reached = parts.backend();
    if (!reached) throw new Error('the event store has not been reached yet');
    return reached;
  };
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
      required: false,
      check: async () => {
        const answer = await fetch(new URL('/healthz', parts.adminApiUrl), {
          signal: AbortSignal.timeout(adminApiTimeoutMs),
        });
        await answer.body?.cancel();
        if (!answer.ok) throw new Error(`answers ${answer.status}`);
      },
    },
  ];
};
