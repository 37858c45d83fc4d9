import { Content } from '@mission-control/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryNameOf } from './delivery-name-of.ts';

/** The key read from a header with these bytes. Node decodes headers as Latin-1. */
const keyInHeader = (bytes: string | Buffer) => {
  const headers = { 'x-id': Buffer.from(bytes as string).toString('latin1') };
  const content = new Content(Buffer.from('{}'), null);
  return deliveryNameOf('hmac', { headers, content }, 'verified', 'header:x-id')?.key;
};

const keyInBody = (body: string | Buffer, contentType: string | null = null) => {
  const content = new Content(Buffer.from(body as string), contentType);
  return deliveryNameOf('hmac', { headers: {}, content }, 'verified', 'body:/id')?.key;
};

const keyInJson = (id: string) => keyInBody(JSON.stringify({ id }));

const names = [
  ['a letter outside ASCII', 'é'],
  ['a capital letter, whose UTF-8 has bytes that are control characters in Latin-1', 'É'],
  ['a decomposed letter', 'e\u0301'],
  ['Cyrillic', 'заказ-7'],
  ['Chinese', '订单7'],
  ['Japanese', '注文テスト'],
  ['Persian with a zero-width non-joiner', 'می\u200cخواهم'],
  ['an emoji', '🎉'],
  ['a joined emoji', '👩‍👧'],
  ['a space inside', 'order 7'],
  ['a no-break space inside', 'order\u00a07'],
  ['a comma without a space', 'a,b'],
  ['256 ASCII characters', 'x'.repeat(256)],
  ['256 letters outside ASCII', 'é'.repeat(256)],
  ['256 emoji, which are 512 UTF-16 units', '🎉'.repeat(256)],
] as const;

const notNames = [
  ['an empty string', ''],
  ['a space', ' '],
  ['spaces of several kinds', ' \u00a0\u3000'],
  ['257 ASCII characters', 'x'.repeat(257)],
  ['257 letters outside ASCII', 'é'.repeat(257)],
  ['257 emoji', '🎉'.repeat(257)],
  ['NUL', 'a\u0000'],
  ['a tab', 'a\tb'],
  ['a line feed at the end', 'a\n'],
  ['DEL', 'a\u007f'],
  ['a control character above ASCII', 'a\u0085'],
  ['a line separator', 'a\u2028b'],
  ['a paragraph separator', 'a\u2029b'],
  ['an unassigned character', 'a\u0378'],
  ['a noncharacter', 'a\uffff'],
  ['the replacement character', 'caf\ufffd'],
] as const;

describe('a name in a header', () => {
  it.each(names)('may be %s', (_, name) => {
    expect(keyInHeader(name)).toBe(name);
  });

  it.each(notNames)('cannot be %s', (_, value) => {
    expect(keyInHeader(value)).toBeUndefined();
  });

  it('is Latin-1 if the bytes are not UTF-8', () => {
    expect(keyInHeader(Buffer.from('caf\xe9', 'latin1'))).toBe('café');
    expect(keyInHeader(Buffer.from('\xfcber', 'latin1'))).toBe('über');
    expect(keyInHeader(Buffer.from('a\x85', 'latin1'))).toBeUndefined();
  });

  it.each(['a, a', 'a, b', 'é, é', 'order 7, order 7', 'a, ', ', a', 'order, 7'])(
    'cannot be %j, which may come from a repeated header',
    (value) => {
      expect(keyInHeader(value)).toBeUndefined();
    },
  );
});

describe('a name in a body', () => {
  it.each([...names, ['a comma and a space', 'a, b'] as const])('may be %s', (_, name) => {
    expect(keyInJson(name)).toBe(name);
  });

  it.each(notNames)('cannot be %s', (_, value) => {
    expect(keyInJson(value)).toBeUndefined();
  });

  it.each(['\\ud83d', 'a\\udc00', '\\udf89\\ud83c'])('cannot contain lone surrogates: %s', (escaped) => {
    expect(keyInBody(`{"id":"${escaped}"}`)).toBeUndefined();
  });

  it.each([' a', 'a ', ' a ', '\u00a0a'])('keeps spaces at its ends: %j', (name) => {
    expect(keyInJson(name)).toBe(name);
  });

  it('is not normalised', () => {
    expect(keyInJson('\u00e9')).not.toBe(keyInJson('e\u0301'));
    expect(keyInJson('\u212b')).not.toBe(keyInJson('\u00c5'));
    expect(keyInJson('É')).not.toBe(keyInJson('é'));
  });

  const latin1 = Buffer.from('{"id":"caf\xe9"}', 'latin1');
  it('is read in the declared charset; bytes that cannot be decoded give no name', () => {
    expect(keyInBody('{"id":"café"}')).toBe('café');
    expect(keyInBody(latin1, 'application/json; charset=iso-8859-1')).toBe('café');
    expect(keyInBody(Buffer.from('{"id":"テ"}', 'utf16le'), 'application/json; charset=utf-16')).toBe('テ');
    expect(keyInBody(latin1, 'application/json')).toBeUndefined();
  });

  it('is found in a form', () => {
    const form = 'application/x-www-form-urlencoded';
    expect(keyInBody('id=order+7', form)).toBe('order 7');
    expect(keyInBody('id=caf%C3%A9', form)).toBe('café');
    expect(keyInBody('id=caf%E9', form)).toBeUndefined();
    expect(keyInBody('id=caf%E9', `${form}; charset=iso-8859-1`)).toBe('café');
  });
});

it('every printable ASCII string without spaces is a name, unchanged: payload ids depend on it', () => {
  const characters = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
  const text = fc.string({ unit: characters, minLength: 1, maxLength: 256 });
  fc.assert(
    fc.property(text, (name) => {
      expect(keyInHeader(name)).toBe(name);
      expect(keyInJson(name)).toBe(name);
    }),
  );
});
