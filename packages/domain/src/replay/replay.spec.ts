import type { ReplayFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../delivery/deliveries.ts';
import { decideReplay } from './decide.ts';
import { evolveReplay, isOver, noReplay, type Replay } from './replay.ts';
import { decideItem, outcomeOf } from './replayable.ts';

const of = { replayId: 'replay', boardId: 'board' };
const requested: ReplayFact = {
  type: 'ReplayRequested',
  data: {
    ...of,
    ...{ webhookId: 'webhook', agentId: null, reason: 'why', rate: 1, total: 3, itemsPerEvent: 5_000 },
    filter: { since: null, until: null, status: null, statusReason: null, q: null, listed: null },
    asOf: { incarnation: 'log', position: '1' },
  },
};
const paused: ReplayFact = { type: 'ReplayPaused', data: of };
const resumed: ReplayFact = { type: 'ReplayResumed', data: of };
const cancelled: ReplayFact = { type: 'ReplayCancelled', data: of };
const completed: ReplayFact = { type: 'ReplayCompleted', data: of };
const progressed = (underWay: number[]): ReplayFact => ({
  type: 'ReplayProgressed',
  data: { ...of, handled: 2, underWay, done: 2 - underWay.length, failed: 0, skipped: 0, unsuccessful: [] },
});

const after = (...facts: ReplayFact[]): Replay =>
  facts.reduce(
    (state, fact, n) =>
      evolveReplay(state, {
        ...fact,
        metadata: { occurredAt: `2026-11-28T12:00:0${n}.000Z`, actor: { kind: 'admin', id: 'jane' } },
      }),
    noReplay,
  );

describe('a replay', () => {
  it('knows who requested it and when, and its newest progress', () => {
    expect(after(requested, progressed([1]))).toMatchObject({
      ...{ status: 'running', requestedBy: { kind: 'admin', id: 'jane' } },
      ...{ requestedAt: '2026-11-28T12:00:00.000Z', updatedAt: '2026-11-28T12:00:01.000Z', endedAt: null },
      ...{ total: 3, handled: 2, underWay: [1], done: 1 },
    });
  });

  it.each([
    ['pause', [requested], [paused]],
    ['pause', [requested, paused], []],
    ['pause', [requested, paused, resumed], [paused]],
    ['resume', [requested], []],
    ['resume', [requested, paused], [resumed]],
    ['cancel', [requested, paused], [cancelled]],
    ['cancel', [requested, cancelled], []],
  ] as const)('decides on %s', (command, given, expected) => {
    expect(decideReplay(command, after(...given))).toEqual(expected);
  });

  it.each([
    ['pause', [requested, cancelled], 'replay_ended'],
    ['resume', [requested, cancelled], 'replay_ended'],
    ['pause', [requested, completed], 'replay_ended'],
    ['cancel', [requested, completed], 'replay_ended'],
    ['cancel', [], 'replay_not_found'],
  ] as const)('rejects %s once it has ended, or before it exists', (command, given, code) => {
    expect(() => decideReplay(command, after(...given))).toThrow(expect.objectContaining({ code }));
  });

  it('is over when it is completed, or cancelled with nothing under way', () => {
    expect(isOver(after())).toBe(true);
    expect(isOver(after(requested, progressed([])))).toBe(false);
    expect(isOver(after(requested, progressed([1]), cancelled))).toBe(false);
    expect(isOver(after(requested, progressed([1]), cancelled, progressed([])))).toBe(true);
    expect(isOver(after(requested, progressed([]), completed))).toBe(true);
  });
});

describe('an item of a replay', () => {
  const told: Delivery = { status: 'handled' };
  const parked: Delivery = { status: 'parked', reason: 'no_agent' };
  const waiting: Delivery = { status: 'requested', agentId: null };
  const deliveries = (...all: [string, Delivery][]) => new Map(all);

  it.each([
    ['has been told', deliveries(['first', told]), 'request'],
    ['has been parked', deliveries(['first', told], ['second', parked]), 'request'],
    ['has just arrived', deliveries(), 'skip'],
    ['is being delivered', deliveries(['first', told], ['second', waiting]), 'skip'],
    ['was requested by this replay', deliveries(['first', told], ['own', waiting]), 'requested'],
    ['was told by this replay', deliveries(['own', told], ['later', waiting]), 'requested'],
  ] as const)('whose payload %s', (_, all, expected) => {
    expect(decideItem(all, 'own')).toBe(expected);
  });

  it.each([
    ['told', deliveries(['own', { status: 'told', evidence: 'history', run: null }]), { kind: 'done' }],
    ['handled', deliveries(['own', told]), { kind: 'done' }],
    ['told, though the run failed', deliveries(['own', { status: 'run_failed' }]), { kind: 'done' }],
    ['parked', deliveries(['own', parked], ['later', told]), { kind: 'failed', reason: 'no_agent' }],
    [
      'unknown',
      deliveries(['own', { status: 'outcome_unknown', reason: 'session_reset' }]),
      { kind: 'failed', reason: 'session_reset' },
    ],
    ['under way', deliveries(['own', waiting]), { kind: 'under_way' }],
    ['hidden', deliveries(['other', told]), { kind: 'failed', reason: 'payload_gone' }],
  ] as const)('has an outcome: %s', (_, all, expected) => {
    expect(outcomeOf(all, 'own')).toEqual(expected);
  });
});
