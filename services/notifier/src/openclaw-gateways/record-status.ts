import { setTimeout as delay } from 'node:timers/promises';
import {
  asEvent,
  newOrderedId,
  type OpenclawGatewayStatusFact,
  openclawGatewayStatusesKept,
  parseEvent,
  streams,
} from '@mission-control/contracts';
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
  const stream = streams.openclawGatewayStatus(gatewayId);
  const trying = { signal, log, what: 'recording the state of an OpenClaw gateway' };
  try {
    let recorded = await patiently(() => lastStatus(store, stream), trying);
    while (!signal.aborted) {
      const { changes } = gate;
      const fact = factOf(gatewayId, gate.state);
      const news = fact && aspectsOf(fact) !== (recorded === null ? null : aspectsOf(recorded));
      if (news && fact.type === 'OpenclawGatewayUnavailable' && fact.data.state === 'away') {
        await delay(absentForMs, undefined, { signal });
        const now = factOf(gatewayId, gate.state);
        if (!now || aspectsOf(now) !== aspectsOf(fact)) continue;
      }
      if (news) {
        const event = asEvent(fact, {
          occurredAt: new Date().toISOString(),
          actor: { kind: 'service', id: 'notifier' },
          correlationId: newOrderedId(),
          causationId: null,
        });
        await patiently(async () => {
          if (recorded === null)
            await store.setStreamMetadata(stream, { maxCount: openclawGatewayStatusesKept });
          await store.append(stream, 'any', [event]);
        }, trying);
        recorded = fact;
      }
      // While the OpenClaw gateway is not available, the connection detects when it is back.
      if (recorded?.type === 'OpenclawGatewayUnavailable') gates.keep(gatewayId);
      if (gate.changes === changes) await changeOf(gate, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
};

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

const lastStatus = async (store: EventStore, stream: string): Promise<OpenclawGatewayStatusFact | null> => {
  for await (const recorded of store.readStream(stream, { direction: 'backwards', limit: 1 }))
    return parseEvent(recorded) as unknown as OpenclawGatewayStatusFact;
  return null;
};

/** Two states are the same if this is equal. */
const aspectsOf = (fact: OpenclawGatewayStatusFact): string =>
  fact.type === 'OpenclawGatewayAvailable'
    ? 'available'
    : `${fact.data.state} ${fact.data.code} ${fact.data.pairingRequestId}`;

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
