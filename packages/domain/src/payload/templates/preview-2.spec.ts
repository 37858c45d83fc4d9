import { wrapBody } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { presentPayload } from '../present.ts';
import { previewLength, previewOf } from './preview-2.ts';

const previewOfBody = (body: string) =>
  previewOf(presentPayload({ body: wrapBody(Buffer.from(body)), contentType: null }));

describe('the preview of a payload', () => {
  it('shows hidden characters in JSON and in text as escapes, and JSON keeps its value', () => {
    const { text } = previewOfBody('{"t":"a\u{e0069}\u{e0067}b","k\u200b":"\\ud83d\\ude00"}');
    expect(text).toBe('{\n  "t": "a\\udb40\\udc69\\udb40\\udc67b",\n  "k\\u200b": "\\ud83d\\ude00"\n}');
    expect(JSON.parse(text)).toEqual({ t: 'a\u{e0069}\u{e0067}b', 'k\u200b': '😀' });
    expect(previewOfBody('a\u{e0069}b').text).toBe('a\\udb40\\udc69b');
  });

  it('treats a JSON string as text and a JSON document as JSON if the encoding is not `json`', () => {
    expect(previewOf({ encoding: 'latin1', json: '"a\\u200b \\"x\\""' }).text).toBe('a\\u200b "x"');
    expect(previewOf({ encoding: 'form', json: '{"a":"/t"}' }).text).toBe('{\n  "a": "\\/t"\n}');
    expect(previewOf({ encoding: 'json', json: '"a\\nb"' }).text).toBe('"a\\nb"');
  });

  it('is cut after 4,000 characters, escapes included, without splitting a character or an escape', () => {
    const { text, cut } = previewOfBody('/'.repeat(2_001));
    expect({ length: text.length, cut }).toEqual({ length: previewLength, cut: true });
    expect(previewOfBody('/'.repeat(2_000))).toEqual({ text: '\\/'.repeat(2_000), cut: false });
    expect(previewOfBody(`${'x'.repeat(3_998)}\u200b`)).toEqual({ text: 'x'.repeat(3_998), cut: true });
    expect(previewOfBody(`${'x'.repeat(3_990)}<|im_start|>`).text).toBe(`${'x'.repeat(3_990)}\\u003c|im_`);
  });

  it.each([
    ['one word', 'x'],
    ['slashes', '/'],
    ['dollars', '$1'],
    ['brackets', '[<'],
    ['backslashes', '\\'],
    ['hidden characters', '\u200b'],
  ])('reads only the beginning: 1 MiB of %s costs about as much as 16 KiB', (_, part) => {
    const timeOf = (bytes: number): number => {
      const presented = { encoding: 'text', json: JSON.stringify(part.repeat(bytes / part.length)) };
      const times = Array.from({ length: 5 }, () => {
        const startedAt = process.threadCpuUsage().user;
        previewOf(presented);
        return process.threadCpuUsage().user - startedAt;
      });
      return Math.min(...times);
    };
    expect(timeOf(1_048_576)).toBeLessThan(timeOf(16_384) + 50_000);
  });
});
