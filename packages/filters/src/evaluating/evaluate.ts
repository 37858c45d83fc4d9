import { type CelResult, isCelError } from '@bufbuild/cel';
import { actorOf, contentOf, type WebhookSettingsIn } from '@mission-control/contracts';
import { type EvaluatedPayload, type FilterFailure, planOf, variablesOf } from './result.ts';

/** The settings of a webhook that decide whether an agent is told of a payload. */
export type PayloadRules = Pick<
  WebhookSettingsIn['event'],
  'notifyWhen' | 'ignoreActors' | 'actor' | 'eventType'
>;

export type Verdict =
  | { readonly kind: 'notify' }
  | { readonly kind: 'filtered'; readonly reason: 'notify_when' }
  | { readonly kind: 'filtered'; readonly reason: 'ignored_actor' }
  | FilterFailure;

/**
 * What the rules say about a payload.
 *
 * @param ready called when the expression is compiled and the body decoded, and the rules are evaluated
 */
export const evaluate = (rules: PayloadRules, payload: EvaluatedPayload, ready: () => void): Verdict => {
  const plan = rules.notifyWhen === null ? null : planOf(rules.notifyWhen);
  const content = contentOf(payload);
  const { kind } = content.decoded;
  ready();
  if (rules.ignoreActors.length > 0) {
    const actor = actorOf(payload, rules, content);
    if (actor !== null && rules.ignoreActors.includes(actor))
      return { kind: 'filtered', reason: 'ignored_actor' };
  }
  if (plan === null) return { kind: 'notify' };
  try {
    return verdictOf(plan(variablesOf(rules, payload, content)));
  } catch (error) {
    return { kind: 'failed', code: 'error', detail: `${(error as Error).message} (${kind})` };
  }
};

const verdictOf = (result: CelResult): Verdict => {
  if (isCelError(result)) return { kind: 'failed', code: 'error', detail: result.message };
  if (typeof result !== 'boolean') return { kind: 'failed', code: 'not_bool' };
  return result ? { kind: 'notify' } : { kind: 'filtered', reason: 'notify_when' };
};
