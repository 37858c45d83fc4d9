import { describe, expect, it } from 'vitest';
import { faultIn, mostCharacters } from './check.ts';

describe('an expression', () => {
  it.each([
    'body.action == "closed" && body.pull_request.merged',
    'event_type in ["pull_request.closed", "push"]',
    'has(body.alert) && body.alert.severity in ["critical", "high"]',
    '!("x-test" in headers) || headers["x-test"].matches("^(?i)prod")',
    'body.commits.exists(commit, commit.message.startsWith("release:"))',
    'type(body.amount) == int && body.amount > 10000 && source_ip != ""',
    'body.a.all(x, x.b.exists(y, y > 1)) ? true : size(body.c) > 3',
    '(event_type == "a" || event_type == "b") && !body.draft',
    `body.x == "${'y'.repeat(1_000)}"`,
  ])('may be %s', (text) => {
    expect(faultIn(text)).toBeNull();
  });

  it.each<[string, string, number, number]>([
    ['', 'ends too early', 1, 1],
    ['body.a ==', '"=" is not expected', 1, 8],
    ['body.a &&\n  && true', '"&" is not expected', 1, 8],
    ['bdy.a == 1', 'no variable bdy; there are body, headers, event_type, source_ip', 1, 1],
    ['body.a == 1 || constructor', 'no variable constructor', 1, 16],
    ['body.a.exists(x, y)', 'no variable y', 1, 18],
    ['body.a.fetch("x")', 'no function fetch()', 1, 7],
    ['google.protobuf.Struct{fields: {}}', 'no type', 1, 1],
    ['body.a.matches("(")', 'regular expression is not valid', 1, 7],
    ['body.a.matches("(?=x)")', 'regular expression is not valid', 1, 7],
    [`${'('.repeat(900)}1${')'.repeat(900)}`, 'nested too deeply', 1, 1],
    [`body${'.a'.repeat(80)}`, 'nested too deeply', 1, 0],
    [`body.a == "${'y'.repeat(mostCharacters)}"`, 'more than 2000 characters', 1, 2_001],
    ['[1].all(a, [1].all(b, [1].all(c, true)))', 'more than 2 macros', 1, 0],
    [Array.from({ length: 9 }, () => '[1].all(a, true)').join(' && '), 'more than 8 macros', 1, 0],
  ])('may not be %s', (text, fault, line, column) => {
    const found = faultIn(text);
    expect(found).toMatchObject({ fault: expect.stringContaining(fault), line });
    if (column > 0) expect(found?.column).toBe(column);
    expect(found?.column).toBeGreaterThan(0);
    expect(found?.column).toBeLessThanOrEqual(text.length + 1);
  });
});
