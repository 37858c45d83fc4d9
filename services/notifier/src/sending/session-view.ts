import type { FoundMessages, SessionSeen } from '../confirming/verdict.ts';
import type { Delivery } from '../delivery/delivery.ts';
import type { Route } from '../lane/route.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';

/** What a delivery needs from its session during its turn. */
export interface SessionView {
  readonly route: Route;
  /** The latest known state of the session. */
  seen: SessionSeen;
  /** Call it when a message was sent, while its answer is awaited. */
  sending(): void;
  /** Whether another message may be sent before earlier ones are confirmed. */
  hasRoom(): boolean;
  /** Whether earlier messages have to be looked up before anything is sent over this connection. */
  mustSettle(epoch: number): boolean;
  /** A complete look-up of the delivery's messages. One request serves all deliveries of the session that are in doubt. */
  lookUp(
    delivery: Delivery,
    pass: Pass,
  ): Promise<FoundMessages | { readonly kind: 'unavailable' | 'rejected' }>;
}
