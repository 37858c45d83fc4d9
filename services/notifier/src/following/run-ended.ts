import type { DeliveryFact } from '@mission-control/contracts';
import type { RunEnd } from '@mission-control/openclaw';
import type { Delivery } from '../delivery/delivery.ts';

/** @param end null: it could not be found out */
export const runEnded = ({ ids }: Delivery, runId: string, end: RunEnd | null): DeliveryFact => {
  const { outcome, code, detail } = end ?? { outcome: 'unknown' as const, code: null, detail: null };
  return { type: 'AgentRunEnded', data: { ...ids, runId, outcome, code, detail } };
};
