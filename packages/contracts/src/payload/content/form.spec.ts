import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.ts';

const formIn = (charset: string | null) =>
  `application/x-www-form-urlencoded${charset === null ? '' : `; charset=${charset}`}`;
const decoded = (body: string | Buffer, charset: string | null) =>
  decode(Buffer.from(body as string), formIn(charset));

describe('a form in a declared charset', () => {
  it.each<[string, string, object]>([
    ['windows-1252', 'item=Caf%E9&price=%80', { item: 'Café', price: '€' }],
    ['"Windows-1252"', 'Caf%e9=%93+%94', { Café: '“ ”' }],
    ['iso-8859-1', 'name=Zo%EB&ae=%C3%A9', { name: 'Zoë', ae: 'Ã©' }],
    ['ISO-8859-15', 'price=%A4', { price: '€' }],
    ['shift_jis', 'kana=%83e%83X%83g', { kana: 'テスト' }],
    ['shift_jis', 'kana=%83%65%83%58&%95%5C=%5C', { kana: 'テス', 表: '\\' }],
    ['euc-jp', 'kana=%A5%C6', { kana: 'テ' }],
    ['iso-2022-jp', 'kana=%1B%24B%25F%1B%28B', { kana: 'テ' }],
    ['gb18030', 'hi=%C4%E3', { hi: '你' }],
    ['big5', 'hi=%A7A', { hi: '你' }],
    ['windows-1251', 'hi=%CF%F0', { hi: 'Пр' }],
    ['koi8-r', 'a=%C1', { a: 'а' }],
  ])('%s: %s', (charset, body, value) => {
    expect(decoded(body, charset)).toMatchObject({ kind: 'form', value });
  });

  it.each([null, 'utf-8', 'UTF8', 'cow', 'utf-7', 'replacement', '', '__proto__'])(
    '%s is decoded as UTF-8',
    (charset) => {
      expect(decoded('a=caf%C3%A9&b=%E9', charset)).toMatchObject({ value: { a: 'café', b: '\ufffd' } });
    },
  );

  it('may contain JSON, which is embedded as written', () => {
    const body = 'payload=%7B%22n%22%3A1.0%2C%22item%22%3A%22Caf%E9+%80%22%7D';
    expect(decoded(body, 'windows-1252')).toEqual({
      kind: 'form',
      text: '{"payload":{"n":1.0,"item":"Café €"}}',
      value: { payload: { n: 1, item: 'Café €' } },
    });
  });

  it('may contain bytes that are not percent-encoded', () => {
    expect(decoded(Buffer.from('a\xe9=\x80%80', 'latin1'), 'windows-1252')).toMatchObject({
      value: { aé: '€€' },
    });
    expect(decoded(Buffer.from([0x61, 0x3d, 0x83, 0x65, 0x25, 0x38, 0x33, 0x58]), 'shift_jis')).toMatchObject(
      {
        value: { a: 'テス' },
      },
    );
  });

  it('is decoded as UTF-8 in fields that are not valid in its charset', () => {
    expect(decoded('a=%83e&b=%C3%A9%FF&c=%FF', 'shift_jis')).toMatchObject({
      value: { a: 'テ', b: 'é\ufffd', c: '\ufffd' },
    });
  });

  it('contains percent-encoded UTF-8 if it is in UTF-16', () => {
    const body = 'a=caf%C3%A9';
    expect(decoded(Buffer.from(body, 'utf16le'), 'utf-16')).toMatchObject({ value: { a: 'café' } });
    expect(decoded(Buffer.from(`\ufeff${body}`, 'utf16le'), 'iso-8859-1')).toMatchObject({
      value: { a: 'café' },
    });
  });

  const charsets = ['windows-1252', 'iso-8859-15', 'shift_jis', 'euc-kr', 'gb18030', 'big5', 'iso-2022-jp'];
  it.each(charsets)('%s is split like URLSearchParams does, so ASCII names are kept', (charset) => {
    const piece = fc.oneof(
      fc.constantFrom('&', '=', '+', '%', '%2', '%ZZ', '%26', '%3d', '%00', '?', '[', '"', '\\', '~'),
      fc.string({ maxLength: 3 }),
    );
    const body = fc.array(piece, { maxLength: 20 }).map((pieces) => `a=${pieces.join('')}`);
    fc.assert(
      fc.property(body, (text) => {
        // Excludes escapes of bytes that the charsets decode differently.
        fc.pre(!/%(?:[89a-f][\da-f]|1b)/i.test(text));
        expect(decoded(text, charset)).toEqual(decoded(text, 'utf-8'));
      }),
    );
  });
});

describe('a text part of a multipart form', () => {
  const partIn = (contentType: string | null, value: Buffer) => {
    const lines = ['--b', 'Content-Disposition: form-data; name="a"'];
    if (contentType !== null) lines.push(`Content-Type: ${contentType}`);
    const body = Buffer.concat([
      Buffer.from([...lines, '', ''].join('\r\n')),
      value,
      Buffer.from('\r\n--b--'),
    ]);
    const { value: document } = decode(body, 'multipart/form-data; boundary=b') as { value?: unknown };
    return (document as { a?: unknown }).a;
  };

  it.each<[string | null, Buffer, unknown]>([
    ['text/plain; charset=windows-1252', Buffer.from('Caf\xe9 \x80', 'latin1'), 'Café €'],
    ['text/plain; charset="shift_jis"', Buffer.from([0x83, 0x65]), 'テ'],
    ['text/plain; charset=utf-8', Buffer.from('café'), 'café'],
    ['text/plain; charset=cow', Buffer.from('café'), 'café'],
    ['application/json; charset=iso-8859-1', Buffer.from('{"b":"\xe9"}', 'latin1'), { b: 'é' }],
    [null, Buffer.from('café'), 'café'],
  ])('with the content type %s is decoded in its own charset', (contentType, bytes, value) => {
    expect(partIn(contentType, bytes)).toEqual(value);
  });

  it.each([null, 'text/plain', 'text/plain; charset=utf-8', 'text/plain; charset=cow'])(
    'with the content type %s is shown as a file without a name if its bytes are not UTF-8',
    (type) => {
      expect(partIn(type, Buffer.from([0xe9]))).toEqual({ filename: null, type, size: 1 });
    },
  );
});
