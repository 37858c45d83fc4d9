import { type Fact, isStoredEncrypted, keyExpressionOf } from '@mission-control/contracts';
import { coalescingKeyOf } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Evaluator, Verdict } from '@mission-control/filters';
import { waitingBy } from '../coalescing/coalescing.ts';
import type { RelayMetrics } from '../relaying/metrics.ts';
import type { ArrivalOfWebhook, Decide, Decision, RecordedArrival } from './decision.ts';
import { dependsOnContent, type KnownRules, type Rules } from './rules.ts';
import { idsOf, record, shownDetail } from './settle.ts';

interface DecidingParts {
  readonly store: EventStore;
  readonly rules: KnownRules;
  readonly evaluator: Pick<Evaluator, 'evaluate' | 'keyOf'>;
  readonly metrics: Pick<RelayMetrics, 'filtered' | 'filterFailed'>;
}

/** Decides about arrivals by the rules of their webhook at its revision at receipt. */
export const decideByRules = (parts: DecidingParts): Decide => {
  return (arrival) => {
    const { webhookId, webhookRevision, toldAlone } = arrival;
    if (toldAlone) return 'publish';
    const rules = parts.rules.of(webhookId, webhookRevision);
    if (rules === null || (!(rules instanceof Promise) && !dependsOnContent(rules))) return 'publish';
    return decide(parts, rules, arrival);
  };
};

const decide = async (
  parts: DecidingParts,
  reading: Rules | Promise<Rules | null>,
  { read }: ArrivalOfWebhook,
): Promise<Decision> => {
  const rules = await reading;
  if (!rules || !dependsOnContent(rules)) return 'publish';
  const arrival = await read();
  // The notifier says what became of it.
  if (!arrival || arrival.data.body.enc === 'erased') return 'publish';
  const verdict = await parts.evaluator.evaluate(rules.webhookId, rules, arrival.data);
  return verdict.kind === 'notify' ? tell(parts, rules, arrival) : follow(parts, rules, arrival, verdict);
};

type Failure = Extract<Verdict, { kind: 'failed' }>;

const follow = async (
  parts: DecidingParts,
  rules: Rules,
  arrival: RecordedArrival,
  verdict: Exclude<Verdict, { kind: 'notify' }>,
): Promise<Decision> => {
  const { store, metrics } = parts;
  const fact =
    verdict.kind === 'filtered' ? filtered(rules, arrival, verdict) : filterFailed(rules, arrival, verdict);
  const recorded = await record(store, causeOf(arrival), fact);
  if (recorded === 'said' || recorded === 'claimed') return tell(parts, rules, arrival);
  if (recorded !== 'recorded') return recorded;
  if (verdict.kind === 'failed') {
    metrics.filterFailed('notify_when', verdict.code);
    return tell(parts, rules, arrival);
  }
  metrics.filtered(verdict.reason);
  return 'settled';
};

/** Alone and now, or together with others and later. */
const tell = async (parts: DecidingParts, rules: Rules, arrival: RecordedArrival): Promise<Decision> => {
  const { coalesce, webhookId, eventType } = rules;
  if (coalesce === null) return 'publish';
  const expression = keyExpressionOf(coalesce);
  if (expression === null) {
    const key = coalescingKeyOf(arrival.data, coalesce);
    return key === undefined ? 'publish' : waitingBy(coalesce, key, arrival);
  }
  const verdict = await parts.evaluator.keyOf(webhookId, { expression, eventType }, arrival.data);
  if (verdict.kind === 'failed') return tellWithoutKey(parts, rules, arrival, verdict);
  return verdict.key === null ? 'publish' : waitingBy(coalesce, verdict.key, arrival);
};

/** It is recorded before the payload is told: with the same expression, another relay may find a key. */
const tellWithoutKey = async (
  { store, metrics }: DecidingParts,
  rules: Rules,
  arrival: RecordedArrival,
  failure: Failure,
): Promise<Decision> => {
  const { type, data } = filterFailed(rules, arrival, failure);
  const recorded = await record(store, causeOf(arrival), {
    type,
    data: { ...data, setting: 'coalesce.key' },
  });
  // An earlier relay has found the key, so the payload is not told by a delivery of its own. It is alone in its window.
  if (recorded === 'claimed' && rules.coalesce)
    return waitingBy(rules.coalesce, JSON.stringify(arrival.id), arrival);
  if (recorded === 'recorded') metrics.filterFailed('coalesce.key', failure.code);
  return recorded === 'settled' ? 'settled' : 'publish';
};

const causeOf = ({ id, type, data: { payloadId }, metadata }: RecordedArrival) => ({
  ...{ id, type, payloadId, metadata },
});

const filtered = (
  { revision: webhookRevision }: Rules,
  arrival: RecordedArrival,
  { reason }: Extract<Verdict, { kind: 'filtered' }>,
): Fact<'DeliveryFiltered'> => ({
  type: 'DeliveryFiltered',
  data: { ...idsOf(arrival), webhookRevision, arrivalRevision: arrival.revision, reason },
});

const filterFailed = (
  { revision: webhookRevision }: Rules,
  arrival: RecordedArrival,
  { code, detail }: Failure,
): Fact<'DeliveryFilterFailed'> => {
  // What an evaluation said may contain content, which must not be in the clear if the arrival is not.
  const said = detail !== undefined && !isStoredEncrypted(arrival) && { detail: shownDetail(detail) };
  return { type: 'DeliveryFilterFailed', data: { ...idsOf(arrival), webhookRevision, code, ...said } };
};
