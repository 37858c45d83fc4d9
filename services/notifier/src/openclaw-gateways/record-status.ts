import { setTimeout as delay } from 'node:timers/promises';
import { recordOpenclawGatewayStatus } from '@mission-control/aggregates';
import { newOrderedId, type OpenclawGatewayStatusFact } from '@mission-control/contracts';
import { decideOpenclawGatewayStatus } from '@mission-control/domain';
import type { EventStore } from '@mission-control/event-store';
import type { Logger } from '@mission-control/runtime';
import { patiently } from '../delivery/patiently.ts';
import type { GateState } from './gate-state.ts';
import type { OpenclawGatewayGates } from './gates.ts';

/** Shorter absences are not recorded: a connection breaks now and then, and a busy OpenClaw gateway asks for short pauses. */
const absentForMs = 2_000;

/** Records changes in an OpenClaw gateway's availability until the ownership of its lane ends. */
export const recordStatus = async (
  parts: {
    readonly store: EventStore;
    readonly log: Logger;
    readonly gates: OpenclawGatewayGates;
    readonly ownership: { readonly signal: AbortSignal };
  },
  gatewayId: string,
): Promise<void> => {
  const { store, log, gates, ownership } = parts;
  const { signal } = ownership;
  const gate = gates.of(gatewayId);
  const trying = { signal, log, what: 'recording the state of an OpenClaw gateway' };
  let last: OpenclawGatewayStatusFact | null = null;
  try {
    while (!signal.aborted) {
      const { changes } = gate;
      const fact = factOf(gatewayId, gate.state);
      if (fact && isAway(fact) && differs(fact, last)) {
        await delay(absentForMs, undefined, { signal });
        const now = factOf(gatewayId, gate.state);
        if (!now || differs(now, fact)) continue;
      }
      if (fact) {
        await patiently(() => recordOpenclawGatewayStatus(store, fact, contextOf()), trying);
        last = fact;
      }
      // While the OpenClaw gateway is not available, the connection detects when it is back.
      if (last?.type === 'OpenclawGatewayUnavailable') gates.keep(gatewayId);
      if (gate.changes === changes) await changeOf(gate, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

const contextOf = () => ({
  occurredAt: new Date().toISOString(),
  actor: { kind: 'service', id: 'notifier' } as const,
  correlationId: newOrderedId(),
  causationId: null,
});

const isAway = (fact: OpenclawGatewayStatusFact): boolean =>
  fact.type === 'OpenclawGatewayUnavailable' && fact.data.state === 'away';

const differs = (fact: OpenclawGatewayStatusFact, last: OpenclawGatewayStatusFact | null): boolean =>
  decideOpenclawGatewayStatus(fact, last).length > 0;

const lookAgainMs = 30_000;

const changeOf = async (
  gate: { onChange(listener: () => void): () => void },
  signal: AbortSignal,
): Promise<void> => {
  const changed = Promise.withResolvers<void>();
  const off = gate.onChange(changed.resolve);
  const timer = setTimeout(changed.resolve, lookAgainMs);
  const aborted = () => changed.resolve();
  signal.addEventListener('abort', aborted);
  await changed.promise;
  clearTimeout(timer);
  signal.removeEventListener('abort', aborted);
  off();
};

/** null: not known at the moment. */
const factOf = (gatewayId: string, state: GateState): OpenclawGatewayStatusFact | null => {
  switch (state.kind) {
    case 'open':
    case 'half_open': {
      if (state.kind === 'half_open' && state.asksForPauses) return null;
      const { serverVersion, bootId } = state;
      return { type: 'OpenclawGatewayAvailable', data: { gatewayId, serverVersion, bootId } };
    }
    case 'away':
    case 'rejected': {
      const { kind, code, detail } = state;
      const pairingRequestId = state.kind === 'rejected' ? state.pairingRequestId : null;
      const data = { gatewayId, state: kind, code, detail, pairingRequestId };
      return { type: 'OpenclawGatewayUnavailable', data };
    }
    case 'connecting':
      return null;
    default:
      return state satisfies never;
  }
};
