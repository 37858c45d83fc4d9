import { aggregates, loadAggregate } from '@mission-control/aggregates';
import type { EventData } from '@mission-control/contracts';
import type { Duty, Occasion } from '../duty.ts';
import { lastDelivery, type PastDeliveries, readPastDeliveries } from '../redelivering/past-deliveries.ts';
import { redeliver } from '../redelivering/redeliver.ts';

/** What failed a moment ago may still be broken. OpenClaw gateways stop using a model's provider for about a minute after some errors. */
export const usualRetryDelayMs = 30_000;

/** Shown in the timeline of the payload, and counted. */
const reason = 'run_failed';

/**
 * After the agent's run on a payload failed: delivers the payload again, as often as its webhook allows. The agent may have stopped a run
 * on purpose (`skipped`), so that is not retried.
 */
export const afterRunFailed = (
  occasion: Occasion,
  { payloadId, boardId, webhookId, deliveryId, outcome }: EventData<'AgentRunEnded'>,
  delayMs: number,
): Duty[] => {
  if (outcome !== 'error' && outcome !== 'timed_out') return [];
  return [
    {
      delayMs,
      run: async ({ store, log }) => {
        const { state: webhook } = await loadAggregate(store, aggregates.webhook, webhookId);
        if (webhook.status !== 'active' || webhook.retryFailedRuns === 0) return;
        const past = await readPastDeliveries(store, payloadId);
        const last = lastDelivery(past);
        if (last?.id !== deliveryId || last.status !== 'run_failed') return;
        const arrivalRevision = past.arrivalRevisions.get(deliveryId);
        const retries = retriesInARow(past);
        if (arrivalRevision === undefined || retries >= webhook.retryFailedRuns) return;
        const agentId = past.requests.get(deliveryId)?.agentId ?? null;
        const data = { payloadId, boardId, webhookId, arrivalRevision, agentId, reason };
        if (await redeliver(store, occasion, past, data))
          log.info(
            { payload_id: payloadId, webhook_id: webhookId, retry: retries + 1 },
            'retried a failed run',
          );
      },
    },
  ];
};

/** Counted from the last delivery that an arrival or an admin caused. A parked retry that resumed meanwhile is still one of them. */
const retriesInARow = ({ deliveries, requests }: PastDeliveries): number => {
  let retries = 0;
  for (const id of deliveries.keys()) {
    const request = requests.get(id);
    if (!request?.bySteward) retries = 0;
    else if (request.reason === reason) retries += 1;
  }
  return retries;
};
