import { setTimeout as delay } from 'node:timers/promises';
import { expiresBefore, keepsForEver, retentionOf } from '@mission-control/domain';
import { waitForProjections } from '@mission-control/projections';
import { type StoredPayloads, schemaIsCurrent, webhooksWithPayloads } from '@mission-control/read-models';
import { eraseLaterArrivals } from '../erasing/later-arrivals.ts';
import { expirePayloads, type RetentionParts } from './expire.ts';

/** How long a check waits for the read models. They may be away, or being rebuilt: the next check tries again. */
const patienceMs = 10_000;

/**
 * Checks the retention of all webhooks, and the arrivals of erased payloads, again and again, until the signal is aborted. A check that fails is logged, and does not keep the steward from its
 * duties.
 */
export const keepChecking = async (
  parts: RetentionParts,
  checkEveryMs: number,
  signal: AbortSignal,
): Promise<void> => {
  const { log } = parts;
  for (;;) {
    try {
      await checkOnce(parts, signal);
    } catch (error) {
      signal.throwIfAborted();
      log.warn({ err: error, retry_in_ms: checkEveryMs }, 'a check of the retention failed');
    }
    await delay(checkEveryMs, undefined, { signal });
  }
};

const checkOnce = async (parts: RetentionParts, signal: AbortSignal): Promise<void> => {
  const { store, readModels, log, metrics, defaults } = parts;
  const { db } = readModels;
  const head = await store.head();
  if (!head) return;
  if (!(await schemaIsCurrent(db))) {
    log.info('the projector has not migrated the read models yet; retention waits for it');
    return;
  }
  const needed = ['configuration', 'payloads'];
  const reached = await waitForProjections(db, needed, head.position, patienceMs, [], signal);
  if (reached !== 'reached') {
    log.warn({ reached }, 'the read models are behind; retention waits for them');
    return;
  }
  const webhooks = await webhooksWithPayloads(db);
  const ages = webhooks
    .filter((webhook) => !keepsForEver(retentionOf(webhook, defaults)))
    .map(({ oldestReceivedAt }) => (Date.now() - Date.parse(oldestReceivedAt)) / 1000);
  metrics.oldestPayload(Math.max(0, ...ages));
  for (const webhook of webhooks) {
    if (hasExpired(webhook, parts)) await expirePayloads(parts, webhook, signal);
  }
  await eraseLaterArrivals(parts, signal);
};

const hasExpired = (webhook: StoredPayloads, { defaults }: RetentionParts): boolean => {
  const rule = retentionOf(webhook, defaults);
  const before = expiresBefore(rule, Date.now());
  return (
    (rule.maxPayloads !== null && webhook.payloads > rule.maxPayloads) ||
    (before !== null && Date.parse(webhook.oldestReceivedAt) < before)
  );
};
