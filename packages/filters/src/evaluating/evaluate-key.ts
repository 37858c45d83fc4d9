import { type CelResult, isCelError, isCelUint } from '@bufbuild/cel';
import { contentOf, type WebhookSettingsIn } from '@mission-control/contracts';
import { type EvaluatedPayload, type FilterFailure, planOf, variablesOf } from './result.ts';

/** What decides which payloads belong together. */
export interface KeyRule extends Pick<WebhookSettingsIn['event'], 'eventType'> {
  readonly expression: string;
}

/** What a payload has in common with others, as a JSON text; null: nothing, and it is told alone. */
export type KeyVerdict = { readonly kind: 'key'; readonly key: string | null } | FilterFailure;

/** Keys are kept in memory while payloads wait. */
const longestKey = 1_000;

/**
 * The value of an expression that says what payloads have in common. Numbers that are equal in CEL are the same key.
 *
 * @param ready called when the expression is compiled and the body decoded, and the expression is evaluated
 */
export const evaluateKey = (rule: KeyRule, payload: EvaluatedPayload, ready: () => void): KeyVerdict => {
  const plan = planOf(rule.expression);
  const content = contentOf(payload);
  const { kind } = content.decoded;
  ready();
  try {
    return verdictOf(plan(variablesOf(rule, payload, content)));
  } catch (error) {
    return failed(`${(error as Error).message} (${kind})`);
  }
};

const verdictOf = (result: CelResult): KeyVerdict => {
  if (isCelError(result)) return failed(result.message);
  if (result === null) return { kind: 'key', key: null };
  const key = jsonOf(result);
  if (key === undefined) return failed('the key is not a string, number, boolean or null');
  return key.length > longestKey
    ? failed(`the key has more than ${longestKey} characters`)
    : { kind: 'key', key };
};

/** undefined: two different values could have the same text, or it is another type. */
const jsonOf = (value: CelResult): string | undefined => {
  if (isCelUint(value)) return `${value.value}`;
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}`;
    case 'number':
      // JavaScript may have rounded a whole number beyond these.
      return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value))
        ? JSON.stringify(value)
        : undefined;
    default:
      return undefined;
  }
};

const failed = (detail: string): FilterFailure => ({ kind: 'failed', code: 'error', detail });
