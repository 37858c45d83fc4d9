import type { Attempt } from '@mission-control/domain';
import type { Whereabouts } from '@mission-control/openclaw';
import { describe, expect, it } from 'vitest';
import { type Evidence, type FoundMessages, verdictOn } from './verdict.ts';

const attempt = { idempotencyKey: 'k:r1', earlierKeys: ['k'] } as unknown as Attempt;
const evidence = (changes: Partial<Evidence> = {}): Evidence => ({
  attempt,
  lost: false,
  bootId: 'boot',
  seen: { sessionId: 's', resetId: null },
  sentAfter: 1_000_000,
  ...changes,
});
const found = (keys: Record<string, Whereabouts>, changes: Partial<FoundMessages> = {}): FoundMessages => ({
  kind: 'found',
  keys: new Map(Object.entries(keys)),
  complete: true,
  sessionId: 's',
  sessionKey: 'agent:main:s',
  reset: null,
  ends: new Map(),
  bootId: 'boot',
  ...changes,
});

describe('what a look-up says about a message', () => {
  it.each([
    [{ 'k:r1': 'history' }, { kind: 'told', key: 'k:r1', evidence: 'history' }],
    [{ 'k:r1': 'consumed' }, { kind: 'told', key: 'k:r1', evidence: 'receipt' }],
    [
      { k: 'history', 'k:r1': 'interrupted' },
      { kind: 'told', key: 'k', evidence: 'history' },
    ],
    [{ 'k:r1': 'queued' }, { kind: 'pending' }],
    [{ 'k:r1': 'running' }, { kind: 'pending' }],
    [{ k: 'running' }, { kind: 'pending' }],
    [{ k: 'interrupted' }, { kind: 'absent' }],
    [{ 'k:r1': 'interrupted' }, { kind: 'lost', reason: 'interrupted' }],
    [{ 'k:r1': 'dropped' }, { kind: 'lost', reason: 'dropped' }],
    [{}, { kind: 'absent' }],
  ] as [Record<string, Whereabouts>, object][])('%j → %j', (keys, verdict) => {
    expect(verdictOn(evidence(), found(keys), true)).toEqual(verdict);
  });

  it('is `lost` if the OpenClaw gateway was restarted and does not have it', () => {
    const restarted = found({}, { bootId: 'another' });
    expect(verdictOn(evidence(), restarted, true)).toEqual({ kind: 'lost', reason: 'gateway_restarted' });
    expect(verdictOn(evidence({ bootId: null }), restarted, true)).toEqual({ kind: 'absent' });
    expect(verdictOn(evidence({ lost: true }), restarted, true)).toEqual({ kind: 'absent' });
    expect(verdictOn(evidence(), found({ k: 'history' }, { bootId: 'another' }), true)).toMatchObject({
      kind: 'told',
    });
  });

  it('is `unseen` if not every row was searched, or `unknown` if every row should have been searched', () => {
    const partial = found({}, { complete: false });
    expect(verdictOn(evidence(), partial, false)).toEqual({ kind: 'unseen' });
    expect(verdictOn(evidence(), partial, true)).toEqual({ kind: 'unknown', reason: 'history_incomplete' });
  });

  it.each([
    ['another session', {}, { sessionId: 'another' }],
    ['no session any more', {}, { sessionId: null }],
    ['a reset that was not seen before', {}, { reset: { id: 'r', at: null } }],
    ['a later reset', { resetId: 'r' }, { reset: { id: 'r2', at: null } }],
    ['a reset after the send, by its time', { resetId: undefined }, { reset: { id: 'r', at: 1_000_001 } }],
    ['a reset without a time', { resetId: undefined }, { reset: { id: 'r', at: null } }],
  ])('is unknown after %s, even if the message was interrupted', (_, seen, changes) => {
    const now = evidence({ seen: { sessionId: 's', resetId: null, ...seen } });
    for (const keys of [{}, { 'k:r1': 'interrupted' as const }])
      expect(verdictOn(now, found(keys, changes), true)).toEqual({
        kind: 'unknown',
        reason: 'session_reset',
      });
    expect(verdictOn(now, found({ 'k:r1': 'history' }, changes), true)).toMatchObject({ kind: 'told' });
  });

  it('does not change because of an older reset, or because of a session that did not exist when the message was sent', () => {
    const older = found({}, { reset: { id: 'r', at: 1 } });
    expect(verdictOn(evidence({ seen: { sessionId: 's', resetId: 'r' } }), older, true).kind).toBe('absent');
    const unseen = { sessionId: undefined, resetId: undefined };
    expect(verdictOn(evidence({ seen: unseen }), older, true).kind).toBe('absent');
    const unsent = evidence({ seen: { sessionId: 'x', resetId: 'y' }, sentAfter: null });
    expect(verdictOn(unsent, found({}, { reset: { id: 'r', at: null } }), true).kind).toBe('absent');
    const created = evidence({ seen: { sessionId: null, resetId: null } });
    expect(verdictOn(created, found({}), true).kind).toBe('absent');
  });
});
