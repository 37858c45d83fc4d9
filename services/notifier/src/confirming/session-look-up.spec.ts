import type { Whereabouts } from '@mission-control/openclaw';
import { expect, it } from 'vitest';
import { SessionLookUp } from './session-look-up.ts';
import type { FoundMessages } from './verdict.ts';

const found = (changes: Partial<FoundMessages>, keys: Record<string, Whereabouts> = {}): FoundMessages => ({
  kind: 'found',
  keys: new Map(Object.entries(keys)),
  complete: true,
  sessionId: 's',
  sessionKey: null,
  reset: null,
  ends: new Map(),
  bootId: 'boot',
  ...changes,
});

it('identifies a session by its id only once it has a row, because until then a restart gives it another id', () => {
  const lookUp = new SessionLookUp(1_000);
  lookUp.saw(found({ sessionId: null }));
  expect(lookUp.seen.sessionId).toBeNull();
  lookUp.saw(found({}, { k: 'running', l: 'queued' }));
  expect(lookUp.seen.sessionId).toBeUndefined();
  lookUp.saw(found({}, { k: 'history' }));
  expect(lookUp.seen.sessionId).toBe('s');
  lookUp.saw(found({}, { l: 'queued' }));
  expect(lookUp.seen.sessionId).toBe('s');
});

it('knows that there was no reset only if every row was searched', () => {
  const lookUp = new SessionLookUp(1_000);
  lookUp.saw(found({ complete: false }));
  expect(lookUp.seen.resetId).toBeUndefined();
  lookUp.saw(found({}));
  expect(lookUp.seen.resetId).toBeNull();
  lookUp.saw(found({ complete: false, reset: { id: 'r', at: 1 } }));
  expect(lookUp.seen.resetId).toBe('r');
  lookUp.saw(found({ complete: false }));
  expect(lookUp.seen.resetId).toBe('r');
});
