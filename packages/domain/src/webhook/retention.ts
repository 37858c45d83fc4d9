import type { WebhookSettingsIn } from '@mission-control/contracts';

/** How long payloads are kept. null: there is no limit of that kind. */
export interface RetentionRule {
  readonly maxAgeDays: number | null;
  readonly maxPayloads: number | null;
}

type RetentionSettings = Pick<WebhookSettingsIn['event'], 'retentionMaxAgeDays' | 'retentionMaxPayloads'>;

/** The rule of a webhook. Each limit that it does not set is the installation's default. */
export const retentionOf = (webhook: RetentionSettings, defaults: RetentionRule): RetentionRule => ({
  maxAgeDays: webhook.retentionMaxAgeDays ?? defaults.maxAgeDays,
  maxPayloads: webhook.retentionMaxPayloads ?? defaults.maxPayloads,
});

export const keepsForEver = ({ maxAgeDays, maxPayloads }: RetentionRule): boolean =>
  maxAgeDays === null && maxPayloads === null;

const dayMs = 86_400_000;

/** Payloads that arrived before this have expired, in milliseconds since 1970; null: none expires by its age. */
export const expiresBefore = ({ maxAgeDays }: RetentionRule, now: number): number | null =>
  maxAgeDays === null ? null : now - maxAgeDays * dayMs;

/**
 * How many of the oldest payloads have expired. They expire in the order of their first arrivals, because a stream is truncated from its
 * beginning: one that is too old waits for those before it, which differ by the clocks of two gateways at most.
 *
 * @param oldest the oldest payloads, in that order
 * @param total the number of all payloads
 * @param now milliseconds since 1970
 */
export const countExpired = (
  oldest: readonly { readonly receivedAt: string }[],
  total: number,
  rule: RetentionRule,
  now: number,
): number => {
  const tooMany = rule.maxPayloads === null ? 0 : total - rule.maxPayloads;
  const before = expiresBefore(rule, now);
  const kept = oldest.findIndex(
    ({ receivedAt }, index) => index >= tooMany && (before === null || Date.parse(receivedAt) >= before),
  );
  return kept < 0 ? oldest.length : kept;
};
