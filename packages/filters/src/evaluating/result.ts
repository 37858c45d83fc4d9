import { type CelInput, type CelResult, celError, parse, plan } from '@bufbuild/cel';
import {
  type Content,
  eventTypeOf,
  headerText,
  type WebhookPayloadReceived,
  type WebhookSettingsIn,
} from '@mission-control/contracts';
import { LRUCache } from 'lru-cache';
import { environment } from '../expression/environment.ts';
import { jsonValue } from '../expression/json-value.ts';

/** What rules may depend on. */
export type EvaluatedPayload = Pick<
  WebhookPayloadReceived,
  'body' | 'contentType' | 'inflated' | 'headers' | 'sourceIp' | 'verification'
>;

/** Where the event type is read. */
type EventTypeRule = Pick<WebhookSettingsIn['event'], 'eventType'>;

/** Why an expression has no result. */
export interface FilterFailure {
  readonly kind: 'failed';
  readonly code: 'error' | 'not_bool' | 'timeout' | 'memory' | 'suspended';
  /** What the evaluation said. It may contain text of the payload. */
  readonly detail?: string;
}

type Plan = (variables: Record<string, CelInput>) => CelResult;

const plans = new LRUCache<string, Plan>({ max: 1_000 });

/** An expression, ready to be evaluated. One that this release could not save has an error for each payload. */
export const planOf = (expression: string): Plan => {
  const known = plans.get(expression);
  if (known) return known;
  const made = compile(expression);
  plans.set(expression, made);
  return made;
};

const compile = (expression: string): Plan => {
  try {
    return plan(environment, parse(expression)) as Plan;
  } catch (error) {
    const { message } = error as Error;
    return () => celError(message);
  }
};

/** What an expression can read of a payload. */
export const variablesOf = (...of: ConstructorParameters<typeof Variables>): Parameters<Plan>[0] =>
  new Variables(...of) as unknown as Parameters<Plan>[0];

/** What an expression may read. Each is made when it is read. */
class Variables {
  readonly #rules: EventTypeRule;
  readonly #payload: EvaluatedPayload;
  readonly #content: Content;

  constructor(rules: EventTypeRule, payload: EvaluatedPayload, content: Content) {
    this.#rules = rules;
    this.#payload = payload;
    this.#content = content;
  }

  get body(): CelInput {
    const { decoded } = this.#content;
    if ('value' in decoded) return jsonValue(decoded.value);
    return decoded.kind === 'text' ? decoded.text : this.#content.bytes.toString('base64');
  }

  get headers(): CelInput {
    const values = new Map<string, string>();
    for (const [name, value] of this.#payload.headers) {
      const before = values.get(name);
      values.set(name, before === undefined ? headerText(value) : `${before}, ${headerText(value)}`);
    }
    return values;
  }

  get event_type(): CelInput {
    return eventTypeOf(this.#payload, this.#rules, this.#content).type ?? '';
  }

  get source_ip(): CelInput {
    return this.#payload.sourceIp;
  }
}

// Without a prototype, no name of JavaScript's own is a variable.
Reflect.deleteProperty(Variables.prototype, 'constructor');
Object.setPrototypeOf(Variables.prototype, null);
