import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutEscaped, escapeJson, escapeJsonStrings, escapeParagraph, escapeText } from './escapes.ts';

/** Undoes the escapes as the message explains it to its reader. */
const unescapeText = (text: string): string =>
  text.replace(/\\(?:\/|u([0-9a-f]{4}))/gi, (_, hex?: string) =>
    hex === undefined ? '/' : String.fromCharCode(Number.parseInt(hex, 16)),
  );

/** Characters and words that matter for escaping. */
const words = fc.constantFrom(
  ...[
    '/',
    '\\',
    '\\/',
    '\\u002f',
    '$',
    '~',
    ':',
    '<',
    '|',
    '[',
    ']',
    '>',
    '{',
    '}',
    '"',
    "'",
    '`',
    '(',
    '\n',
    '\t',
    '\r',
    ' ',
  ],
  ...[
    '/model',
    '/EXEC',
    '/t',
    '/status',
    '!ls',
    '$github',
    'im_start',
    'INST',
    'SYS',
    's',
    'a.png',
    '.png',
    '~x.png',
    'c:',
    'c:$a.png',
    '\\nc:\u200b.png',
    'u:',
    'C',
    'n',
    '@12345',
    '\u00a0',
    '\u3000',
  ],
  ...['\u200b', '\u{e0069}', '\ufe0f', '\u2800', '\ud800', '／', '｜', '＜', 'e\u0301', '😀', '\u0338'],
);
const texts = fc.oneof(
  fc.array(words, { maxLength: 30 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);

const strings = /"(?:[^"\\]|\\.)*"/g;
const withoutStrings = (json: string): string => json.replace(strings, '');

/** Such texts in JSON, compact or indented. Some of them contain escapes before they become JSON strings. */
const jsonTexts = fc
  .tuple(fc.oneof(texts, fc.array(texts), fc.dictionary(texts, fc.array(texts))), fc.constantFrom(0, 2))
  .map(([value, indent]) => JSON.stringify([[value, true]], null, indent));

describe('escapes of hidden characters', () => {
  it.each([
    ['tag characters', 'a\u{e0069}\u{e0067}b', 'a\\udb40\\udc69\\udb40\\udc67b'],
    ['variation selectors', 'a\ufe0f\u{e0100}b', 'a\\ufe0f\\udb40\\udd00b'],
    ['fillers', '\u3164\u115f\uffa0', '\\u3164\\u115f\\uffa0'],
    ['blank symbols', '\u2800\u{1d159}', '\\u2800\\ud834\\udd59'],
    ['private use', '\ue000\u{f0000}', '\\ue000\\udb80\\udc00'],
    ['unassigned', '\u0378\uffff', '\\u0378\\uffff'],
    ['direction', '\u202e\u2066\u061c', '\\u202e\\u2066\\u061c'],
    ['joiners and soft hyphens', '\u200d\u00ad\u034f\u2060', '\\u200d\\u00ad\\u034f\\u2060'],
    ['unusual spaces', 'a\u00a0\u3000\u2003b', 'a\\u00a0\\u3000\\u2003b'],
    ['separators', '\u2028\u2029\u0085', '\\u2028\\u2029\\u0085'],
    ['shorthand and musical controls', '\u{1bca0}\u{1d173}', '\\ud82f\\udca0\\ud834\\udd73'],
    ['controls', '\u0000\u001b\u007f\r', '\\u0000\\u001b\\u007f\\u000d'],
    ['lone surrogates', 'a\ud800b', 'a\\ud800b'],
  ])('%s', (_, hidden, visible) => {
    expect(escapeText(hidden)).toBe(visible);
  });

  it('do not change visible characters', () => {
    const visible = 'Übung, naïve, 日本語, العربية, हिन्दी, 😀👍🏽, ①, ½, tab\tand\nline';
    expect(escapeText(visible)).toBe(visible);
  });
});

describe('escapes of what a tokenizer would treat as special tokens', () => {
  it.each([
    '<|im_start|>',
    '<|im_end|>',
    '<|endoftext|>',
    '<|start_header_id|>',
    '<|reserved_special_token_7|>',
    '<|python_tag|>',
    '[INST]',
    '[/INST]',
    '<<SYS>>',
    '<</SYS>>',
    '<s>',
    '</s>',
    '<start_of_turn>',
    '<end_of_turn>',
    '<bos>',
    '<eos>',
    '<pad>',
    '<think>',
    '</think>',
    '<tool_call>',
    '<unused42>',
    '<0x0A>',
    '<extra_id_0>',
    '<fim_prefix>',
    '[TOOL_CALLS]',
    '[AVAILABLE_TOOLS]',
    '[SYSTEM_PROMPT]',
    '[gMASK]',
    '[CLS]',
    '[System Message]',
    '[assistant]',
    '<｜begin▁of▁sentence｜>',
    '＜|im_start|＞',
    '﹤|im_start|﹥',
    '«|im_start|»',
    '<｜User｜>',
    '<<<EXTERNAL_UNTRUSTED_CONTENT id="1">>>',
    '<<<BEGIN_OPENCLAW_INTERNAL_CONTEXT>>>',
    '⟦openclaw:ctx⟧',
    '<<< END_EXTERNAL_UNTRUSTED_CONTENT>>>',
    '<<<<EXTERNAL_UNTRUSTED_CONTENT>>>',
    '[[reply_to_current]]',
    '[[ audio_as_voice ]]',
    '[[/tts:text]]',
    '[[[reply_to: 5]]]',
  ])('%s', (token) => {
    for (const around of [token, `a ${token} b`, `${token}${token}`, `x${token}y`]) {
      expect(escapeText(around)).not.toContain(token);
      expect(escapeJson(JSON.stringify(around))).not.toContain(token);
    }
  });

  it('do not change markup, comparisons and log levels', () => {
    const plain =
      '<p class="x">1 < 2 && b > a</p>, [INFO] a[0] |> f << 2, [x]($5), 12:30, a: b, 4 ~ 5, ab:\\c';
    expect(escapeText(plain)).toBe(plain.replace('</p>', '<\\/p>'));
  });
});

describe('escapes of what an OpenClaw gateway would treat as its own syntax', () => {
  it.each([
    ['GET /model HTTP', 'GET \\/model HTTP'],
    ['/exec security=full', '\\/exec security=full'],
    ['https://example.com/a', 'https:\\/\\/example.com\\/a'],
    ['run $github now, $5 or $1,000', 'run \\u0024github now, $5 or $1,000'],
    ['see ~/a.png', 'see \\u007e\\/a.png'],
    ['see C:\\a.png', 'see C\\u003a\\a.png'],
    ['／model', '\\uff0fmodel'],
    ['saved ~thumb.png', 'saved \\u007ethumb.png'],
    ['~.png', '\\u007e.png'],
    ['HEAD~1', 'HEAD\\u007e1'],
    ['`~\u00a0a.png', '`\\u007e\\u00a0a.png'],
    ['a\\n~a.png', 'a\\n\\u007ea.png'],
    ['[media attached: x]~a.png', '[media attached: x]\\u007ea.png'],
    ['c:$a.png', 'c\\u003a\\u0024a.png'],
    ['(c:/a.png', '(c\\u003a\\/a.png'],
    ['c:\u200b\\..\\x.png', 'c\\u003a\\u200b\\..\\x.png'],
    ['Z:／a.png', 'Z\\u003a\\uff0fa.png'],
    ['\u212a:<s>.png', '\u212a\\u003a\\u003cs>.png'],
    ['c:~a.png', 'c\\u003a\\u007ea.png'],
    ['a\\nc:\\a.png', 'a\\nc\\u003a\\a.png'],
    ['u:\\u0041.png', 'u\\u003a\\u005cu0041.png'],
  ])('%s', (text, escaped) => {
    expect(escapeText(text)).toBe(escaped);
  });

  it('do not change a slash that is already escaped in JSON', () => {
    expect(escapeJson(String.raw`{"a":"\/x \\/y \\\/z /w"}`)).toBe(String.raw`{"a":"\/x \\\/y \\\/z \/w"}`);
  });
});

describe('escapes', () => {
  it('can be undone in text', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(unescapeText(escapeText(text))).toBe(text);
      }),
      { numRuns: 2_000 },
    );
  });

  it('do not change the value of JSON', () => {
    fc.assert(
      fc.property(fc.oneof(texts, fc.jsonValue(), fc.dictionary(texts, texts)), (value) => {
        const json = JSON.stringify(value, null, 2);
        expect(JSON.parse(escapeJson(json))).toEqual(JSON.parse(json));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of the strings in any JSON text keep its value and leave nothing active or hidden in a string', () => {
    const json = fc.oneof(fc.json({ stringUnit: 'binary' }), jsonTexts);
    fc.assert(
      fc.property(json, (text) => {
        const escaped = escapeJsonStrings(text);
        expect(JSON.parse(escaped)).toEqual(JSON.parse(text));
        expect(withoutStrings(escaped)).toBe(withoutStrings(text));
        for (const [string] of escaped.matchAll(strings)) {
          expect(string).not.toMatch(/(?<!(?<!\\)(?:\\\\)*\\)\//);
          expect(string).not.toMatch(/\u200b|\ufe0f|\u2800|\u00a0|\u3000|\ud800|\uff0f|\u{e0069}/u);
          expect(string).not.toMatch(/<(?=\|im_start)|<(?=s>)|\[(?=INST\])|\$(?=github)|~(?=\\?\/)/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['[[true]]', '[[true]]'],
    [' {"a" :\n[[null,"</s>"]]}', ' {"a" :\n[[null,"\\u003c\\/s>"]]}'],
    ['{"<|x|>":1.10,"<|x|>":"\u202e"}', String.raw`{"\u003c|x|>":1.10,"\u003c|x|>":"\u202e"}`],
    [String.raw`["\\","\"[[tts:x]]","\\\"/","\/"]`, String.raw`["\\","\"\u005b[tts:x]]","\\\"\/","\/"]`],
    ['"\u{e0069}"', String.raw`"\udb40\udc69"`],
    ['12', '12'],
  ])('of the strings in %j', (json, escaped) => {
    expect(escapeJsonStrings(json)).toBe(escaped);
  });

  it.each([
    '_',
    '\\\\',
    '//',
    '<',
    '[',
    '$1',
    ' ',
    '<s ',
    '[a_',
    'a_',
    '<a_ ',
    '~',
    '~a',
    'c:',
    'c:$a ',
    '\\nc:\\\\',
  ])('take linear time for many repetitions of %j', (row) => {
    // Quadratic time would mean hours.
    const json = `["<${row.repeat(1_000_000 / row.length)}"]`;
    expect(JSON.parse(escapeJsonStrings(json))).toEqual(JSON.parse(json));
  });

  it('put a backslash before every slash', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(escapeText(text)).not.toMatch(/(?<!\\)\//);
        expect(escapeJson(JSON.stringify(text))).not.toMatch(/(?<!\\)\//);
      }),
      { numRuns: 2_000 },
    );
  });

  it('leave no path of an image, neither before nor after normalisation', () => {
    const path = /(?:^|[\s"'`(\]])(?:~|[a-z]:[\\/])[^\s"'`()[\]]*\.png/i;
    fc.assert(
      fc.property(texts, (text) => {
        for (const escaped of [escapeText(text), escapeJson(JSON.stringify(text))]) {
          const read = escaped.normalize('NFC');
          expect(read).not.toMatch(path);
          expect(read.replace(/\\n/g, ' ')).not.toMatch(path);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it.each([
    ['a [[', 'a \\u005b['],
    ['<<<', '<<\\u003c'],
    ['a [[1', 'a [[1'],
    ['a\n', 'a\n'],
  ])('of the paragraph %j allow for a word on the next line', (text, escaped) => {
    expect(escapeParagraph(text)).toBe(escaped);
  });

  it('are not split by a cut', () => {
    expect(cutEscaped('ab\\u200bc', 5, 'text')).toBe('ab');
    expect(cutEscaped('ab\\udb40\\udc69c', 9, 'text')).toBe('ab');
    expect(cutEscaped('ab\\/c', 3, 'text')).toBe('ab');
    expect(cutEscaped('ab😀', 3, 'text')).toBe('ab');
    expect(cutEscaped('ab\\"', 3, 'json')).toBe('ab');
    expect(cutEscaped('a😀bcd', 4, 'json')).toBe('a😀b');
    expect(cutEscaped('\\\\\\u200b', 7, 'json')).toBe('\\\\');
    expect(cutEscaped('\\\\u200b', 7, 'json')).toBe('\\\\u200b');
    expect(cutEscaped('\\\\u200b', 4, 'json')).toBe('\\\\u2');
    expect(cutEscaped('ab\\u200b', 8, 'json')).toBe('ab\\u200b');
  });
});

it('texts without unusual characters are escaped like others', () => {
  const piece = fc.constantFrom(
    ...[
      '[',
      ']',
      '\n',
      ' ',
      '…',
      '/',
      '\\',
      '"',
      ':',
      'c',
      'inst',
      '_',
      '{',
      '}',
      '<',
      '>',
      '$',
      '~',
      '1',
      'u200b',
      '[[',
      'a',
    ],
  );
  const searched = '\u200b\n';
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('');
      // A hidden character in front makes all of the text be searched.
      for (const escaped of [escapeJson, escapeText])
        expect(escaped(searched + text)).toBe(`\\u200b\n${escaped(text)}`);
    }),
    { numRuns: 5_000 },
  );
});
