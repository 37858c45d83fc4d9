import type { EventStore } from '@mission-control/event-store';
import type { Evaluator, Verdict } from '@mission-control/filters';
import { waitingBy } from '../coalescing/coalescing.ts';
import type { RelayMetrics } from '../relaying/metrics.ts';
import type { ArrivalOfWebhook, Decide, Decision, RecordedArrival } from './decision.ts';
import { KnownRules, type Rules } from './rules.ts';
import { type DecidedFact, idsOf, record, shownDetail } from './settle.ts';

interface DecidingParts {
  readonly store: EventStore;
  readonly evaluator: Pick<Evaluator, 'evaluate'>;
  readonly metrics: Pick<RelayMetrics, 'filtered' | 'filterFailed'>;
  /** Whether content is encrypted in the log. Then no fact says what an evaluation said, because that may contain content. */
  readonly isEncrypted: boolean;
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
  if (!arrival || arrival.data.body.enc === 'erased') return 'publish';
  const verdict = await parts.evaluator.evaluate(rules.webhookId, rules, arrival.data);
  return verdict.kind === 'notify' ? tell(rules, arrival) : follow(parts, rules, arrival, verdict);
};

/** Alone and now, or together with others and later. */
const tell = ({ coalesce }: Rules, arrival: RecordedArrival): Decision =>
  waitingBy(coalesce, arrival) ?? 'publish';

const follow = async (
  { store, metrics, isEncrypted }: DecidingParts,
  rules: Rules,
  arrival: RecordedArrival,
  verdict: Exclude<Verdict, { kind: 'notify' }>,
): Promise<Decision> => {
  const recorded = await record(store, arrival, factOf(rules, arrival, verdict, isEncrypted));
  if (recorded === 'tell') return tell(rules, arrival);
  if (recorded !== 'recorded') return recorded;
  if (verdict.kind === 'failed') {
    metrics.filterFailed(verdict.code);
    return tell(rules, arrival);
  }
  metrics.filtered(verdict.reason);
  return 'settled';
};

const factOf = (
  { revision: webhookRevision }: Rules,
  arrival: RecordedArrival,
  verdict: Exclude<Verdict, { kind: 'notify' }>,
  isEncrypted: boolean,
): DecidedFact => {
  const common = { ...idsOf(arrival), webhookRevision };
  if (verdict.kind === 'filtered')
    return {
      type: 'DeliveryFiltered',
      data: { ...common, arrivalRevision: arrival.revision, reason: verdict.reason },
    };
  const { code, detail } = verdict;
  const said = detail !== undefined && !isEncrypted && { detail: shownDetail(detail) };
  return { type: 'DeliveryFilterFailed', data: { ...common, code, ...said } };
};
