import type { Evaluator, PayloadRules, Verdict } from '@mission-control/filters';
import type { RecordedArrival } from './decision.ts';

/** What the rules of a webhook say about an arrival. Never rejects. */
export type PayloadFilter = (rules: PayloadRules, arrival: RecordedArrival) => Promise<Verdict>;

/** Evaluates them in a thread, which gets only what they may depend on. */
export const filterIn =
  (evaluator: Pick<Evaluator, 'evaluate'>): PayloadFilter =>
  ({ notifyWhen, ignoreActors, actor, eventType }, { data }) => {
    const { body, contentType, inflated, headers, sourceIp, verification, webhookId } = data;
    return evaluator.evaluate(
      webhookId,
      { notifyWhen, ignoreActors, actor, eventType },
      { body, contentType, inflated, headers, sourceIp, verification },
    );
  };
