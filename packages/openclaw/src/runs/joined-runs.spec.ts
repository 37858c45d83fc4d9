import { describe, expect, it } from 'vitest';
import type { Row } from '../history/history-page.ts';
import { joinedRunEnds } from './joined-runs.ts';

const message = (key: string): Row => ({ role: 'user', idempotencyKey: `${key}:user` });
const answer = (runId: string, text = 'Noted.', stopReason = 'stop'): Row => ({
  role: 'assistant',
  content: [{ type: 'text', text }],
  stopReason,
  __openclaw: { runId },
});
const ends = (...rows: Row[]) =>
  Object.fromEntries(
    [...joinedRunEnds(new Set(['k1', 'k2', 'k3']), rows)].map(([key, { outcome }]) => [key, outcome]),
  );

describe('the end of a run that messages joined', () => {
  it('is the next answer of a run that began earlier', () => {
    expect(ends(message('k1'), answer('k1'), message('k2'), message('k3'), answer('k1'))).toEqual({
      k2: 'ok',
      k3: 'ok',
    });
    expect(ends(message('other'), message('k1'), answer('other'), answer('other'))).toEqual({ k1: 'ok' });
  });

  it.each(['NO_REPLY', '', ' NO_REPLY\n'])('is no reply if the agent says %j', (text) => {
    expect(ends(message('other'), message('k1'), answer('other', text))).toEqual({ k1: 'no_reply' });
  });

  it('is unknown until there is an answer, and a tool call is not an answer', () => {
    expect(ends(message('other'), message('k1'))).toEqual({});
    expect(ends(message('other'), message('k1'), answer('other', '', 'toolUse'))).toEqual({});
    const answered = [answer('other', '', 'toolUse'), answer('other')];
    expect(ends(message('other'), message('k1'), ...answered)).toEqual({ k1: 'ok' });
  });

  it('is not taken from the run of the message itself, of a later one, or of one that is further back', () => {
    expect(ends(message('k1'), answer('k1'))).toEqual({});
    expect(ends(message('k1'), message('k2'), answer('k2'), answer('k1'))).toEqual({});
    expect(ends(message('k1'), answer('other'), answer('k1'))).toEqual({});
    expect(ends(message('k1'), { ...answer('x'), __openclaw: undefined })).toEqual({});
  });

  it('is not taken from a failed or aborted answer, nor from one that follows it', () => {
    for (const failed of [
      answer('other', 'No key.', 'error'),
      answer('other', '', 'aborted'),
      { customType: 'run-failed-before-reply', content: 'x', __openclaw: { runId: 'other' } },
    ])
      expect(ends(message('other'), message('k1'), failed, answer('other'))).toEqual({});
  });
});
