import { describe, expect, it } from 'vitest';
import { gatewayMayActOn } from './gateway-syntax.ts';

describe('what an OpenClaw gateway may act on in a message', () => {
  it.each([
    '/status',
    'GET /model HTTP/1.1',
    'a\n/exec security=full',
    'cp a /t b',
    'a\u00a0/queue interrupt',
    'a\u2003/ELEVATED on',
    'a \u0001/think',
    'a \u007f/v',
    'literal\\n/model x',
    'a / model',
    '!poll',
    'use $github',
    'see "/tmp/a.png"',
    '(./b.jpeg)',
    "'~/c.webp'",
    'C:\\d.png',
    'saved ~thumb.png',
    '"~.png"',
    'x\\n~a.gif',
    'c:\\u0024a.png',
    '(\u212a:\\u200b\\..\\a.jpeg',
    'x\\nc:\\a.bmp',
    '\u1fef~a.heic',
    '[media attached: x]~a.png',
    'file:///e.png',
    '[[reply_to: 1]]',
    '  /help',
  ])('%j', (message) => {
    expect(gatewayMayActOn(`${message}`)).toBe(true);
  });

  it.each([
    'nothing',
    'https://example.com/model',
    'GET https://example.com/api',
    '\\/model',
    ' \\u002fmodel',
    '"/x"',
    ':/x',
    '</x>',
    'Create/update',
    '$5',
    '\\$github',
    'and/or',
    'a // b',
    'wow!',
    'saved \\u007ethumb.png',
    'c\\u003a\\u0024a.png',
    'HEAD~1.png',
    'c:a.png',
  ])('not %j', (message) => {
    expect(gatewayMayActOn(message)).toBe(false);
  });
});
