import { describe, expect, it, vi } from 'vitest';
import { decode } from './decode.ts';
import { mostFields } from './fields.ts';
import { mediaTypeOf } from './media-type.ts';

const size = 1_048_576;
const form = 'application/x-www-form-urlencoded';
const multipart = 'multipart/form-data; boundary=b';
const filled = (unit: string, length = size) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
const multipartOf = (count: number, headers: string[], value = '1', boundary = 'b') => {
  const lines = ['Content-Disposition: form-data; name="a"', ...headers, '', value];
  return `${`--${boundary}\r\n${lines.join('\r\n')}\r\n`.repeat(count)}--${boundary}--\r\n`;
};
const disposition = (parameters: string) => `Content-Disposition: form-data; name="a"; ${parameters}`;
const partWith = (header: string) => Buffer.from(`--b\r\n${header}\r\n\r\n1\r\n--b--\r\n`);

/** The CPU time of this thread in microseconds. Only the fastest of three runs counts, since the first one also compiles. */
const cpuOf = (body: string, contentType: string): number => {
  const bytes = Buffer.from(body, 'latin1');
  const times = Array.from({ length: 3 }, () => {
    const startedAt = process.threadCpuUsage().user;
    decode(bytes, contentType);
    return process.threadCpuUsage().user - startedAt;
  });
  return Math.min(...times);
};

describe('a hostile body of 1 MiB', () => {
  const padded = (blank: string) => `text/plain;a=a${filled(blank, 8_000)}b;charset=latin1`;
  const dashes = filled('-', 15_000);
  const nearly = (boundary: string) => `--${boundary}\r\n\r\n${filled(`\r\n--${boundary.slice(0, -1)}`)}`;
  const periodic = filled('ab', 15_000);

  it.each<[string, string, string]>([
    ['spaces in the media type of parts', multipartOf(125, [`Content-Type: ${padded(' ')}`]), multipart],
    ['tabs in the media type of parts', multipartOf(125, [`Content-Type: ${padded('\t')}`]), multipart],
    ['short runs of blanks', multipartOf(125, [`Content-Type: ${padded(`${' '.repeat(15)}x`)}`]), multipart],
    [
      'many parameters',
      multipartOf(125, [`Content-Type: text/plain${filled(';a="\\b"', 8_000)}`]),
      multipart,
    ],
    ['spaces in its own media type', filled('a'), padded(' ')],
    ['a long boundary of dashes', nearly(dashes), `multipart/form-data; boundary=${dashes}`],
    ['a long periodic boundary', nearly(periodic), `multipart/form-data; boundary=${periodic}`],
    ['a boundary of dashes', nearly(filled('-', 70)), `multipart/form-data; boundary=${filled('-', 70)}`],
    ['spaces in dispositions', multipartOf(125, [disposition(`a=${filled(' ', 8_000)}`)]), multipart],
    ['quotes in dispositions', multipartOf(125, [disposition(`a="${filled('\\"', 8_000)}`)]), multipart],
    [
      'charsets of parts',
      multipartOf(1_000, ['Content-Type: text/plain;charset=gb18030'], '\xe9'),
      multipart,
    ],
    ['JSON in parts', multipartOf(100, [], filled('[', 10_000)), multipart],
    ['parts without an end', filled('--b\r\n'), multipart],
    ['ampersands', `a=${filled('&')}`, form],
    ['ampersands in two-byte characters', `a=\x1b$B${filled('%&')}\x1b(B`, `${form}; charset=iso-2022-jp`],
    ['equals signs', filled('a='), `${form}; charset=shift_jis`],
    ['escapes', `a=${filled('%E9')}`, `${form}; charset=latin1`],
    ['nested JSON', `a=${filled('[')}`, form],
    ['no equals sign', filled('a'), form],
  ])('with %s takes little CPU time', (_, body, contentType) => {
    const harmless = cpuOf(multipartOf(100, [], filled('a', 10_000)), multipart);
    expect(cpuOf(body, contentType)).toBeLessThan(20 * harmless + 500_000);
  });
});

describe('a media type', () => {
  it.each([
    `text/plain;a=a${' '.repeat(16)}b`,
    `text/plain${'\t'.repeat(16)}`,
    `${' \r\n\t'.repeat(4)}text/plain`,
    `text/plain;a="${' '.repeat(8_000)}"`,
    `text/plain;a=${'a'.repeat(1_000)}`,
  ])('that is long or padded is invalid', (contentType) => {
    expect(mediaTypeOf(contentType)).toBeNull();
  });

  it('may have some blanks and be long', () => {
    const contentType = `text/plain;${' '.repeat(15)}a=${'a'.repeat(900)};\tcharset=latin1`;
    expect(mediaTypeOf(contentType)).toMatchObject({ essence: 'text/plain', charset: 'latin1' });
  });
});

describe('a boundary', () => {
  const kindWith = (boundary: string) =>
    decode(Buffer.from(multipartOf(1, [], '1', boundary)), `multipart/form-data; boundary="${boundary}"`)
      .kind;

  it.each([1, 2, 69, 70])('of %i characters separates parts', (length) => {
    expect(kindWith('x'.repeat(length))).toBe('multipart');
  });

  it.each([0, 71, 72, 500, 15_000])('of %i characters is invalid, so the body is text', (length) => {
    expect(kindWith('x'.repeat(length))).toBe('text');
  });
});

describe('the name of a file', () => {
  it.each<[string, string | null]>([
    [`filename*=cow''y`, `cow''y`],
    [`filename*="c\\ow''%79"`, `cow''%79`],
    [`filename="x"; filename*=utf-99'en'y`, 'x'],
    [`filename*=replacement''y; filename=x`, 'x'],
    [`filename*=utf-8''%C3%BC`, 'ü'],
    [`filename=x; filename*=iso-8859-1''%FC`, 'ü'],
    [`filename=x; filename*=nothing`, 'x'],
    [`filename*=''y`, null],
  ])('%s is read without a warning', (parameters, filename) => {
    const warn = vi.spyOn(console, 'warn');
    try {
      const { value } = decode(partWith(disposition(parameters)), multipart) as { value?: unknown };
      expect(value).toEqual({ a: filename === null ? '1' : { filename, type: null, size: 1 } });
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
    }
  });
});

describe('a form in ISO-2022-JP', () => {
  const decodedJp = (body: string) => decode(Buffer.from(body, 'latin1'), `${form}; charset=iso-2022-jp`);

  it.each([
    ['ampersands', '%&'],
    ['equals signs', '%='],
    ['plus signs', '%+'],
    ['many ampersands', filled('%&', 2 * mostFields + 2)],
  ])('with %s in characters that are not percent-encoded is text', (_, pair) => {
    const body = `a=\x1b$B${pair}\x1b(B`;
    const text = new TextDecoder('iso-2022-jp').decode(Buffer.from(body, 'latin1'));
    expect(decodedJp(body)).toEqual({ kind: 'text', text });
  });

  it('has a limited number of fields', () => {
    expect(decodedJp(`a=${'&'.repeat(mostFields - 1)}`).kind).toBe('form');
    expect(decodedJp(`a=${'&'.repeat(mostFields)}`).kind).toBe('text');
    expect(decodedJp('a=%1B$B%25%26%1B(B')).toMatchObject({ kind: 'form', value: { a: 'ウ' } });
  });
});
