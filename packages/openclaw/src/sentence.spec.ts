import { describe, expect, it } from 'vitest';
import { sentenceOf } from './sentence.ts';

describe("the OpenClaw gateway's sentence", () => {
  it('is one line without a warning sign', () => {
    expect(sentenceOf('⚠️ Agent failed.\nTo view logs,\trun `openclaw logs`.', [])).toBe(
      'Agent failed. To view logs, run `openclaw logs`.',
    );
  });

  it.each([
    ['\u202eevil\u0007', '\\u202eevil\\u0007'],
    ['run /exec now', 'run \\/exec now'],
    ['use $skill or ~a.png', 'use \\u0024skill or \\u007ea.png'],
    ['[[reply_to: x]] <|im_start|>', '\\u005b\\u005breply_to: x]] \\u003c|im_start|>'],
    ['\u{1d159}', '\\ud834\\udd59'],
  ])('%j is escaped', (text, shown) => {
    expect(sentenceOf(text, [])).toBe(shown);
  });

  it('has at most 200 characters, and no escape is cut', () => {
    const sentence = sentenceOf('x'.repeat(196) + '\u202e'.repeat(50), []);
    expect(sentence).toBe(`${'x'.repeat(196)}…`);
    expect(sentenceOf('y'.repeat(500), [])).toBe(`${'y'.repeat(199)}…`);
    expect(sentenceOf('z'.repeat(200), [])).toBe('z'.repeat(200));
  });

  it('contains neither the token nor a part of the message', () => {
    const message = 'A push by Ada to the repository releases, commit 0123456789abcdef: fix';
    expect(sentenceOf('bad token s3cr3t-token given', ['s3cr3t-token', message])).toBe('bad token … given');
    expect(sentenceOf('cannot parse commit 0123456789abcdef: fix it', ['t0ken', message])).toBe(
      'cannot parse… it',
    );
    expect(sentenceOf('invalid value "Ada"', ['t0ken', message])).toBe('invalid value "…"');
    expect(sentenceOf('Agent "gone" is unknown', ['t0ken', message])).toBe('Agent "gone" is unknown');
  });

  it.each([undefined, 7, '', ' \n '])('%j is not a sentence', (text) => {
    expect(sentenceOf(text, [])).toBeNull();
  });
});
