import type { Route } from '../lane/route.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import type { GateState } from '../openclaw-gateways/gate-state.ts';
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
  /** It stays first in its queue, and is tried again after that time or when the gate wakes it. */
  | { readonly kind: 'again'; readonly afterMs: number; readonly closed?: ClosedGate };

/** A gate that could not be entered. */
export interface ClosedGate {
  readonly gate: OpenclawGatewayGate;
  readonly seen: GateState['kind'];
}

export const over: Turn = { kind: 'over' };
export const again = (afterMs = 0): Turn => ({ kind: 'again', afterMs });
/** @param afterMs when the delivery expires, if it may expire meanwhile */
export const whenOpen = (closed: ClosedGate, afterMs = Number.POSITIVE_INFINITY): Turn => ({
  kind: 'again',
  afterMs,
  closed,
});
