import type { EventStore } from '@mission-control/event-store';
import type { RelayMetrics } from '../relaying/metrics.ts';
import type { ArrivalOfWebhook, Decide, Decision, RecordedArrival } from './decision.ts';
import { type PayloadFilter, type Verdict } from './filter.ts';
import { KnownRules, type Rules } from './rules.ts';
import { idsOf, record } from './settle.ts';

interface DecidingParts {
  readonly store: EventStore;
  readonly filter: PayloadFilter;
  readonly metrics: Pick<RelayMetrics, 'filtered'>;
}

/** Decides about arrivals by the rules of their webhook at its revision at receipt. */
export const decideByRules = (parts: DecidingParts): Decide => {
  const rules = new KnownRules(parts.store);
  return (arrival) => {
    const { webhookId, webhookRevision } = arrival;
    const known = rules.known(webhookId, webhookRevision);
    if (known === null) return 'publish';
    return decide(parts, known ?? rules.read(webhookId, webhookRevision), arrival);
  };
};

const decide = async (
  parts: DecidingParts,
  reading: Rules | Promise<Rules | null>,
  { read }: ArrivalOfWebhook,
): Promise<Decision> => {
  const rules = await reading;
  if (!rules) return 'publish';
  const arrival = await read();
  // The notifier says what became of it.
  if (!arrival) return 'publish';
  return follow(parts, rules, arrival, await parts.filter(rules, arrival));
};

const follow = async (
  { store, metrics }: DecidingParts,
  { revision: webhookRevision }: Rules,
  arrival: RecordedArrival,
  verdict: Verdict,
): Promise<Decision> => {
  if (verdict.kind === 'notify') return 'publish';
  const { reason, detail } = verdict;
  const recorded = await record(store, arrival, {
    type: 'DeliveryFiltered',
    data: {
      ...idsOf(arrival),
      arrivalRevision: arrival.revision,
      webhookRevision,
      reason,
      ...(detail !== undefined && { detail }),
    },
  });
  if (recorded !== 'recorded') return recorded;
  metrics.filtered(reason);
  return 'settled';
};
