import type { Route } from '../lane/route.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import type { Acknowledged } from './outcome-facts.ts';

/** The result of a delivery's turn. */
export type Turn =
  /** Nothing is left to do. */
  | { readonly kind: 'over' }
  /** The OpenClaw gateway has acknowledged the message. */
  | {
      readonly kind: 'sent';
      readonly acknowledged: Acknowledged;
      readonly epoch: number;
      readonly at: number;
    }
  /** The session has the message. */
  | { readonly kind: 'told' }
  /** It belongs in another queue. */
  | { readonly kind: 'elsewhere'; readonly route: Route }
  /** The message was sent, and it is not known whether it arrived. */
  | { readonly kind: 'doubt' }
  /** It stays first in its queue, and is tried again after that time or when the gate changes. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly gate?: Changing };

interface Changing {
  readonly gate: OpenclawGatewayGate;
  /** The value of the gate's `changes` at that time. */
  readonly changes: number;
}

export const over: Turn = { kind: 'over' };
export const again = (afterMs = 0): Turn => ({ kind: 'again', afterMs });
/** The configuration may change while a session waits for its OpenClaw gateway, so the session checks from time to time. */
export const whenOpen = (gate: OpenclawGatewayGate): Turn => ({
  kind: 'again',
  afterMs: 1_000,
  gate: { gate, changes: gate.changes },
});
