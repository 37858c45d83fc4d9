import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode } from './decode.ts';
import { mostFields } from './fields.ts';

const form = 'application/x-www-form-urlencoded';
const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
const bytesOf = (body: string | Buffer) => Buffer.from(body as string);
const decoded = (body: string | Buffer, contentType: string | null = null) =>
  decode(bytesOf(body), contentType);
/** The kind of a body and its text, in which the order of members is visible. */
const document = (body: string | Buffer, contentType: string) => {
  const { kind, ...rest } = decoded(body, contentType);
  return { kind, text: 'text' in rest ? rest.text : null };
};

describe('JSON', () => {
  const event = { id: 'e1', name: 'Zoë €' };
  const json = JSON.stringify(event);
  it.each<[string, string | Buffer, string | null]>([
    ['in UTF-8', json, 'application/json'],
    ['after a byte order mark', `\ufeff${json}`, 'application/json'],
    ['without a content type', json, null],
    ['with an invalid content type', json, ';;=,'],
    ['that curl declares as a form', json, form],
    ['that is declared as multipart', json, 'multipart/form-data; boundary=x'],
    ['in UTF-8 that is declared as UTF-16', json, 'application/json; charset=utf-16'],
    ['in UTF-8 that is declared as Latin-1', json, 'application/json; charset=iso-8859-1'],
    ['in UTF-16LE after its mark', Buffer.from(`\ufeff${json}`, 'utf16le'), 'application/json'],
    ['in UTF-16BE after its mark', utf16be(`\ufeff${json}`), null],
    ['in UTF-16 as declared', Buffer.from(json, 'utf16le'), 'application/json; charset=UTF-16'],
    ['in UTF-16BE as declared', utf16be(json), 'application/json;charset="utf-16be"'],
    [
      'in Windows-1252 as declared',
      Buffer.from('{"id":"e1","name":"Zo\xeb \x80"}', 'latin1'),
      'text/plain; charset=windows-1252',
    ],
  ])('%s is JSON', (_, body, contentType) => {
    expect(decoded(body, contentType)).toMatchObject({ kind: 'json', value: event });
  });

  it.each([
    ['ISO-8859-15', 'iso-8859-15', Buffer.from([0x22, 0xa4, 0x22]), '€'],
    ['Shift_JIS', 'shift_jis', Buffer.from([0x22, 0x83, 0x65, 0x22]), 'テ'],
    ['KOI8-R', 'koi8-r', Buffer.from([0x22, 0xc1, 0x22]), 'а'],
    ['GB 18030', 'gb18030', Buffer.from([0x22, 0xc4, 0xe3, 0x22]), '你'],
  ])('in %s is JSON', (_, charset, body, value) => {
    expect(decoded(body, `application/json; charset=${charset}`)).toMatchObject({ kind: 'json', value });
  });
});

describe('text', () => {
  it.each<[string, Buffer, string]>([
    ['iso-8859-1', Buffer.from('caf\xe9', 'latin1'), 'café'],
    ['ISO-8859-1', Buffer.from('Ã©', 'latin1'), 'Ã©'],
    ['windows-1251', Buffer.from([0xcf, 0xf0]), 'Пр'],
    ['utf-16', Buffer.from('hi', 'utf16le'), 'hi'],
    ['utf-16be', utf16be('hi'), 'hi'],
    ['"windows-1252"', Buffer.from([0x93, 0x94]), '“”'],
  ])('in %s is decoded as declared', (charset, body, text) => {
    expect(decoded(body, `text/plain; charset=${charset}`)).toEqual({ kind: 'text', text });
  });

  it.each(['cow', 'utf-7', 'utf-32', 'binary', 'replacement', 'utf-8', '', '__proto__'])(
    'with the charset %s is UTF-8 or bytes, as without a charset',
    (charset) => {
      const contentType = `text/plain; charset=${charset}`;
      expect(decoded('héllo', contentType)).toEqual({ kind: 'text', text: 'héllo' });
      expect(decoded(Buffer.from([0x68, 0xe9]), contentType)).toEqual({ kind: 'bytes' });
    },
  );

  it('is not decoded from bytes that are not valid in their charset', () => {
    const contentType = 'text/plain; charset=utf-16';
    expect(decoded('odd', contentType)).toEqual({ kind: 'text', text: 'odd' });
    expect(decoded(Buffer.from([0xe9, 0x00, 0x01]), contentType)).toEqual({ kind: 'bytes' });
    expect(decoded(Buffer.from([0x00, 0xd8]), contentType)).toEqual({ kind: 'bytes' });
    expect(decoded(Buffer.from([0xff, 0xfe]))).toEqual({ kind: 'bytes' });
    expect(decoded(Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]))).toEqual({ kind: 'bytes' });
  });
});

describe('a form', () => {
  it.each([
    ['a=1&b=2', '{"a":"1","b":"2"}'],
    ['b=+%2B%20&a=%C3%A9', '{"b":" + ","a":"é"}'],
    ['a=1&b=2&a=3', '{"a":["1","3"],"b":"2"}'],
    ['2=a&1=b&__proto__=c&constructor=d', '{"2":"a","1":"b","__proto__":"c","constructor":"d"}'],
    [
      'payload=%7B%22n%22%3A12345678901234567890.10%2C+%22a%22%3A1%7D',
      '{"payload":{"n":12345678901234567890.10, "a":1}}',
    ],
    ['list=%5B1%5D&list=x', '{"list":[[1],"x"]}'],
    ['n=7&t=true&z=null&s=%22x%22', '{"n":"7","t":"true","z":"null","s":"\\"x\\""}'],
    ['broken=%7B%22a', '{"broken":"{\\"a"}'],
    ['a=%ZZ&b=%', '{"a":"%ZZ","b":"%"}'],
    ['flag&=empty&a=', '{"flag":"","":"empty","a":""}'],
    ['?a=1', '{"?a":"1"}'],
    ['nul=%00', '{"nul":"\\u0000"}'],
  ])('%s becomes an object', (body, text) => {
    for (const contentType of [form, `${form}; charset=utf-8`, 'Application/X-WWW-Form-URLEncoded;x']) {
      expect(document(body, contentType)).toEqual({ kind: 'form', text });
    }
  });

  it.each(['hello', '<a href="x">y</a>', '{"a":"b=1"', '[1,=2', 'two words=1', '\ufeff<a b="c"/>'])(
    'is not recognised in %s',
    (body) => {
      expect(decoded(body, form)).toEqual({ kind: 'text', text: body });
    },
  );

  it('is not recognised in bytes that are not text', () => {
    expect(decoded(Buffer.from([0x61, 0x3d, 0xff]), form)).toEqual({ kind: 'bytes' });
    expect(document(Buffer.from([0x61, 0x3d, 0xe9]), `${form}; charset=iso-8859-1`)).toEqual({
      kind: 'form',
      text: '{"a":"é"}',
    });
  });

  it('has a limited number of fields, and limited depth of the JSON in a field', () => {
    const fields = (count: number) => Array.from({ length: count }, (_, n) => `f${n}=1`).join('&');
    expect(decoded(fields(mostFields), form).kind).toBe('form');
    expect(decoded(fields(mostFields + 1), form).kind).toBe('text');
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(document(`a=${nested(126)}`, form).text).toBe(`{"a":${nested(126)}}`);
    expect(document(`a=${nested(127)}`, form).text).toBe(`{"a":"${nested(127)}"}`);
  });

  it('with another content type is text', () => {
    expect(decoded('a=1', 'text/plain')).toEqual({ kind: 'text', text: 'a=1' });
  });
});

describe('a multipart form', () => {
  const type = 'multipart/form-data; boundary="b"';
  const part = (disposition: string, value: string | Buffer, ...headers: string[]) =>
    Buffer.concat([
      Buffer.from([`--b`, `Content-Disposition: form-data; ${disposition}`, ...headers, '', ''].join('\r\n')),
      bytesOf(value),
      Buffer.from('\r\n'),
    ]);
  const body = (...parts: Buffer[]) => Buffer.concat([...parts, Buffer.from('--b--\r\n')]);

  it('becomes an object with text, JSON and descriptions of files', () => {
    const sent = body(
      part('name="payload"', '{"event":"media.play","n":1.0}', 'Content-Type: application/json'),
      part('name="thumb"; filename="a \\"ü\\".jpg"', Buffer.from([0xff, 0xd8]), 'Content-Type: image/jpeg'),
      part('name="note"', 'first'),
      part('name="note"', 'caf\xe9', 'Content-Type: text/plain; charset=utf-8'),
      part('name="latin"', Buffer.from('caf\xe9', 'latin1'), 'Content-Type: text/plain; charset=iso-8859-1'),
      part('name="__proto__"', ''),
      part('name="none"; filename=""', '', 'Content-Type: application/octet-stream'),
      part('name="raw"', Buffer.from([0xff])),
    );
    expect(document(sent, type)).toEqual({
      kind: 'multipart',
      text:
        '{"payload":{"event":"media.play","n":1.0},' +
        '"thumb":{"filename":"a \\"ü\\".jpg","type":"image/jpeg","size":2},' +
        '"note":["first","café"],"latin":"café","__proto__":"",' +
        '"none":{"filename":"","type":"application/octet-stream","size":0},' +
        '"raw":{"filename":null,"type":null,"size":1}}',
    });
  });

  it('can come from FormData', async () => {
    const data = new FormData();
    data.append('a', '1');
    data.append('file', new File(['abc'], 'ü.txt', { type: 'text/plain' }));
    const response = new Response(data);
    const contentType = response.headers.get('content-type');
    expect(decode(Buffer.from(await response.arrayBuffer()), contentType)).toMatchObject({
      kind: 'multipart',
      value: { a: '1', file: { filename: 'ü.txt', type: 'text/plain', size: 3 } },
    });
  });

  const whole = body(part('name="a"', '1'));
  it.each<[string, Buffer, string]>([
    ['no boundary', whole, 'multipart/form-data'],
    ['another boundary', whole, 'multipart/form-data; boundary=c'],
    ['no end', whole.subarray(0, -8), type],
    ['no name', body(Buffer.from('--b\r\nContent-Type: text/plain\r\n\r\n1\r\n')), type],
    ['line feeds alone', Buffer.from(whole.toString().replaceAll('\r', '')), type],
    ['too many parts', body(...Array.from({ length: mostFields + 1 }, () => part('name="a"', '1'))), type],
    ['a header that is too large', body(part(`name="a"; x="${'x'.repeat(20_000)}"`, '1')), type],
    ['another multipart type', whole, 'multipart/mixed; boundary=b'],
  ])('with %s is text', (_, sent, contentType) => {
    expect(decoded(sent, contentType)).toEqual({ kind: 'text', text: sent.toString() });
  });
});

describe('any body with any content type', () => {
  const type = fc.oneof(
    fc.constantFrom(null, '', form, 'application/json', 'text/plain', 'multipart/form-data; boundary=b'),
    fc.constantFrom('utf-16', 'iso-8859-1', 'shift_jis', 'cow').map((set) => `${form}; charset=${set}`),
    fc.string({ unit: 'binary' }),
  );
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.webQueryParameters().map(Buffer.from),
    fc.string({ unit: 'binary', maxLength: 300 }).map(Buffer.from),
    fc.string({ unit: 'binary', maxLength: 300 }).map((text) => Buffer.from(`\ufeff${text}`, 'utf16le')),
    fc
      .tuple(fc.string(), fc.uint8Array({ maxLength: 50 }))
      .map(([name, bytes]) =>
        Buffer.concat([
          Buffer.from(`--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
          bytes,
          Buffer.from('\r\n--b--'),
        ]),
      ),
  );

  it('is decoded without an error, with the same result each time', () => {
    fc.assert(
      fc.property(body, type, (bytes, contentType) => {
        const first = decode(bytes, contentType);
        expect(decode(bytes, contentType)).toEqual(first);
        if (first.kind === 'form' || first.kind === 'multipart')
          expect(JSON.parse(first.text)).toEqual(first.value);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps the fields of a form', () => {
    const fields = fc.array(fc.tuple(fc.string({ minLength: 1 }), fc.string({ unit: 'grapheme' })), {
      minLength: 1,
    });
    fc.assert(
      fc.property(fields, (pairs) => {
        const sent = new URLSearchParams(pairs);
        const { value } = decoded(sent.toString(), form) as { value: Record<string, unknown> };
        for (const name of new Set(sent.keys())) {
          const values = sent.getAll(name).map((text) => (/^\s*[[{]/.test(text) ? expect.anything() : text));
          expect(value[name]).toEqual(values.length === 1 ? values[0] : values);
        }
      }),
    );
  });
});
