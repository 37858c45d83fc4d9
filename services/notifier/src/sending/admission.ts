import type { Delivery } from '../delivery/delivery.ts';
import type { LaneParts } from '../lane/lane-parts.ts';
import { activeGateway } from '../lane/route.ts';
import { OpenclawGatewayUnusable } from '../openclaw-gateways/connections.ts';
import type { OpenclawGatewayGate } from '../openclaw-gateways/gate.ts';
import type { Pass } from '../openclaw-gateways/gate-state.ts';
import type { SessionView } from './session-view.ts';
import { again, type ClosedGate, type Turn, whenOpen } from './turn.ts';

/** Decides whether a delivery may make requests now. */
export type Admission =
  | { readonly kind: 'admitted'; readonly pass: Pass }
  /** Not yet. */
  | { readonly kind: 'wait'; readonly turn: Turn }
  | { readonly kind: 'gateway_deleted' }
  /** With its current settings, the OpenClaw gateway cannot even be dialled. */
  | { readonly kind: 'unusable'; readonly closed: null; readonly code: string; readonly detail: null }
  | {
      readonly kind: 'rejected';
      readonly closed: ClosedGate;
      readonly code: string;
      readonly detail: string | null;
    }
  | { readonly kind: 'away'; readonly closed: ClosedGate };

/** A full session tries again when one of its messages is confirmed. */
const noRoomMs = 5_000;

export const admit = async (
  parts: LaneParts,
  session: SessionView,
  { agentId, gatewayId }: { agentId: string; gatewayId: string },
): Promise<Admission> => {
  const waitMs = parts.throttle.left(agentId);
  if (waitMs > 0) return { kind: 'wait', turn: again(waitMs) };
  if (!session.hasRoom()) return { kind: 'wait', turn: again(noRoomMs) };
  const gateway = await activeGateway(parts, gatewayId);
  if (!gateway) return { kind: 'gateway_deleted' };
  let gate: OpenclawGatewayGate;
  try {
    gate = await parts.gates.open(gateway);
  } catch (error) {
    if (error instanceof OpenclawGatewayUnusable) {
      return { kind: 'unusable', closed: null, code: error.code, detail: null };
    }
    throw error;
  }
  const pass = gate.enter();
  if (pass) return { kind: 'admitted', pass };
  const { state } = gate;
  const closed = { gate, seen: state.kind };
  if (state.kind === 'rejected') return { kind: 'rejected', closed, code: state.code, detail: state.detail };
  return state.kind === 'away' ? { kind: 'away', closed } : { kind: 'wait', turn: whenOpen(closed) };
};

/** The delivery has waited too long for its OpenClaw gateway, and is given up. */
export const hasExpired = (delivery: Delivery, parts: LaneParts): boolean =>
  expiresAfter(delivery, parts) <= 0;

/** Milliseconds until then. */
export const expiresAfter = ({ cause }: Delivery, { longestWaitMs }: LaneParts): number =>
  cause.requestedAt + longestWaitMs + 1 - Date.now();

export const expiredReason = 'expired_undelivered';
