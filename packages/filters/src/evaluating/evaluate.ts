import { type CelInput, type CelResult, isCelError, parse, plan } from '@bufbuild/cel';
import {
  actorOf,
  type Content,
  contentOf,
  eventTypeOf,
  headerText,
  type WebhookPayloadReceived,
  type WebhookSettingsIn,
} from '@mission-control/contracts';
import { LRUCache } from 'lru-cache';
import { environment } from '../expression/environment.ts';
import { jsonValue } from '../expression/json-value.ts';

/** The settings of a webhook that decide whether an agent is told of a payload. */
export type PayloadRules = Pick<
  WebhookSettingsIn['event'],
  'notifyWhen' | 'ignoreActors' | 'actor' | 'eventType'
>;

/** What rules may depend on. */
export type EvaluatedPayload = Pick<
  WebhookPayloadReceived,
  'body' | 'contentType' | 'inflated' | 'headers' | 'sourceIp' | 'verification'
>;

/** Why an expression has no result. */
interface FilterFailure {
  readonly kind: 'failed';
  readonly code: 'error' | 'not_bool' | 'timeout' | 'memory' | 'suspended';
  /** What the evaluation said. It may contain text of the payload. */
  readonly detail?: string;
}

export type Verdict =
  | { readonly kind: 'notify' }
  | { readonly kind: 'filtered'; readonly reason: 'notify_when' }
  | { readonly kind: 'filtered'; readonly reason: 'ignored_actor' }
  | FilterFailure;

type Plan = (variables: Record<string, CelInput>) => CelResult;

const plans = new LRUCache<string, Plan>({ max: 1_000 });

const planOf = (expression: string): Plan => {
  const known = plans.get(expression);
  if (known) return known;
  const made = plan(environment, parse(expression)) as Plan;
  plans.set(expression, made);
  return made;
};

/**
 * What the rules say about a payload.
 *
 * @param decoded called when the body has been decoded, and the rules are evaluated
 */
export const evaluate = (rules: PayloadRules, payload: EvaluatedPayload, decoded: () => void): Verdict => {
  const content = contentOf(payload);
  const { kind } = content.decoded;
  decoded();
  if (rules.ignoreActors.length > 0) {
    const actor = actorOf(payload, rules, content);
    if (actor !== null && rules.ignoreActors.includes(actor))
      return { kind: 'filtered', reason: 'ignored_actor' };
  }
  if (rules.notifyWhen === null) return { kind: 'notify' };
  try {
    return verdictOf(planOf(rules.notifyWhen)(variablesOf(rules, payload, content)));
  } catch (error) {
    return { kind: 'failed', code: 'error', detail: `${(error as Error).message} (${kind})` };
  }
};

const verdictOf = (result: CelResult): Verdict => {
  if (isCelError(result)) return { kind: 'failed', code: 'error', detail: result.message };
  if (typeof result !== 'boolean') return { kind: 'failed', code: 'not_bool' };
  return result ? { kind: 'notify' } : { kind: 'filtered', reason: 'notify_when' };
};

/** Each is made when an expression reads it. */
const variablesOf = (
  rules: PayloadRules,
  payload: EvaluatedPayload,
  content: Content,
): Record<string, CelInput> => {
  const made = {
    get body() {
      const { decoded } = content;
      if ('value' in decoded) return jsonValue(decoded.value);
      return decoded.kind === 'text' ? decoded.text : content.bytes.toString('base64');
    },
    get headers() {
      const values = new Map<string, string>();
      for (const [name, value] of payload.headers) {
        const before = values.get(name);
        values.set(name, before === undefined ? headerText(value) : `${before}, ${headerText(value)}`);
      }
      return values;
    },
    get event_type() {
      return eventTypeOf(payload, rules, content).type ?? '';
    },
    source_ip: payload.sourceIp,
  };
  // Without a prototype, no name of JavaScript's own is a variable.
  return Object.setPrototypeOf(made, null);
};
