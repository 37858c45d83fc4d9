import type { ProjectionFact } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { decideCancelRebuild, decideRebuild, decideRebuilt, evolveRebuilds, noRebuilds } from './rebuilds.ts';

const metadata = { occurredAt: '2026-11-28T12:00:00.000Z', actor: { kind: 'admin', id: 'root' } } as const;
const after = (...facts: readonly ProjectionFact[]) =>
  facts.map((fact) => ({ ...fact, metadata })).reduce(evolveRebuilds, noRebuilds);
const of = (build: number) => ({ projection: 'payloads', build });
const requested = (build: number): ProjectionFact => ({
  type: 'ProjectionRebuildRequested',
  data: { ...of(build), cause: 'request' },
});
const cancelled = (build: number): ProjectionFact => ({
  type: 'ProjectionRebuildCancelled',
  data: of(build),
});
const rebuilt = (build: number): ProjectionFact => ({
  type: 'ProjectionRebuilt',
  data: { ...of(build), version: 2 },
});

describe('a rebuild', () => {
  it('gets the number after the highest one in the log and in the database', () => {
    const decide = (state = noRebuilds, highest = 1) => decideRebuild(state, 'payloads', 'request', highest);
    expect(decide()).toEqual([requested(2)]);
    expect(decide(after(requested(2), cancelled(2)))).toEqual([requested(3)]);
    expect(decide(after(requested(2), rebuilt(2)), 7)).toEqual([requested(8)]);
  });

  it('is rejected while one is running, and the rejection says which', () => {
    const decide = () => decideRebuild(after(requested(2)), 'payloads', 'request', 2);
    expect(decide).toThrow('Build 2 of payloads is being filled.');
    expect(decide).toThrow(
      expect.objectContaining({
        code: 'rebuild_running',
        running: {
          build: 2,
          cause: 'request',
          requestedBy: metadata.actor,
          requestedAt: metadata.occurredAt,
        },
      }),
    );
  });

  it('is cancelled only while it is running', () => {
    expect(decideCancelRebuild(after(requested(2)), 'payloads')).toEqual([cancelled(2)]);
    for (const state of [noRebuilds, after(requested(2), rebuilt(2)), after(requested(2), cancelled(2))])
      expect(() => decideCancelRebuild(state, 'payloads')).toThrow(
        expect.objectContaining({ kind: 'not_found', code: 'rebuild_not_found' }),
      );
  });

  it('ends with one decision: of a cancellation and a switch, the first counts', () => {
    expect(decideRebuilt(after(requested(2)), 'payloads', 2, 2)).toEqual([rebuilt(2)]);
    expect(decideRebuilt(after(requested(2), cancelled(2)), 'payloads', 2, 2)).toEqual([]);
    expect(decideRebuilt(after(requested(2), cancelled(2), requested(3)), 'payloads', 2, 2)).toEqual([]);
    expect(after(requested(2), rebuilt(2), cancelled(2))).toEqual({ running: null, newest: 2, live: 2 });
    expect(after(requested(2), cancelled(2), rebuilt(2))).toEqual({ running: null, newest: 2, live: null });
  });
});
