import { describe, expect, it } from 'vitest';
import { laneConsumer, laneOf, laneOfSubject, laneSubject, lanesPerGateway } from './messaging.ts';

const boards = Array.from(
  { length: 200 },
  (_, n) => `2f1b7a3e-7c41-4f0e-8a55-${String(n).padStart(12, '0')}`,
);

describe('lanes', () => {
  it('keep each board on one lane and spread boards over all lanes', () => {
    const numbers = boards.map((board) => laneOf('g', board).number);
    expect(boards.map((board) => laneOf('g', board).number)).toEqual(numbers);
    expect(new Set(numbers).size).toBe(lanesPerGateway);
  });

  it('belong to one OpenClaw gateway; boards without one have separate lanes', () => {
    const lane = laneOf(null, boards[0] as string);
    expect(laneSubject(lane)).toMatch(/^deliveries\.none\.\d$/);
    expect(laneConsumer(lane)).toMatch(/^notifier-none-\d$/);
  });

  it('can be parsed from their subject', () => {
    for (const gateway of [null, '2f1b7a3e-7c41-4f0e-8a55-000000000000']) {
      const lane = laneOf(gateway, boards[0] as string);
      expect(laneOfSubject(laneSubject(lane))).toEqual(lane);
    }
    for (const subject of ['deliveries.>', 'deliveries.none.x', 'other.none.1', 'deliveries.none.1.2']) {
      expect(laneOfSubject(subject)).toBeNull();
    }
  });
});
