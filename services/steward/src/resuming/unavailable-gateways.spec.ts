import { describe, expect, it } from 'vitest';
import type { Occasion } from '../duty.ts';
import { UnavailableGateways } from './unavailable-gateways.ts';

const start = Date.UTC(2026, 2, 5, 12);
const minute = 60_000;

describe('resuming deliveries after an OpenClaw gateway did not answer', () => {
  const waits = (parkings: readonly [minutes: number, reason?: string][]) => {
    const gateways = new UnavailableGateways();
    return parkings.map(([minutes, reason = 'gateway_unavailable']) => {
      const occasion = { recordedAt: new Date(start + minutes * minute).toISOString() } as Occasion;
      const parked = { boardId: 'b', reason } as Parameters<UnavailableGateways['after']>[1];
      return gateways.after(occasion, parked, 60).map(({ delayMs }) => delayMs / minute);
    });
  };

  it('waits a minute, once per board, and then doubles the wait', () => {
    expect(waits([[0], [0.5], [2], [5], [10]])).toEqual([[1], [], [2], [4], [8]]);
  });

  it('starts over once the board has been quiet', () => {
    expect(waits([[0], [2], [40]])).toEqual([[1], [2], [1]]);
  });

  it('ignores deliveries that were parked for other reasons', () => {
    expect(waits([[0, 'no_session']])).toEqual([[]]);
  });
});
