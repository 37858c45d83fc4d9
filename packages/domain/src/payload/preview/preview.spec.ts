import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { payloadOf } from '../testing/payload.ts';
import { type PreviewOf, previewLength, previewOf } from './preview.ts';

const preview = (
  body: string | Uint8Array,
  { contentType = null, headers = [], ...of }: Partial<PreviewOf & PreviewOf['payload']> = {},
) =>
  previewOf({
    payload: payloadOf(body, { contentType, headers }),
    eventType: { type: 'x', sender: null },
    fields: [],
    ...of,
  });
/** What follows the lines about the event and its headers. */
const shown = (...of: Parameters<typeof preview>) =>
  preview(...of).text.replace(/^Event: x\n(?:.+\n)*\n/, '');
const noise = {
  noise: Array.from({ length: 50 }, (_, n) => ({ n, text: 'x'.repeat(100), url: 'https://x.example/' })),
};

describe('the preview of a payload', () => {
  it.each([
    [{ type: 'pull_request.closed', sender: 'GitHub' }, 'Event: pull_request.closed (GitHub)\n\n{}'],
    [{ type: 'a/b', sender: null }, 'Event: a\\/b\n\n{}'],
    [{ type: null, sender: 'Slack' }, 'Event: the sender names no type (Slack)\n\n{}'],
    [{ type: null, sender: null }, 'Event: the sender names no type\n\n{}'],
  ])('begins with the event %j', (eventType, text) => {
    expect(preview('{}', { eventType }).text).toBe(text);
  });

  it('lists the headers that say what happened, without secrets', () => {
    const headers: [string, string][] = [
      ['x-github-event', 'push'],
      ['content-type', 'application/json'],
      ['x-github-delivery', '1'],
      ['ce-type', 'a\nb\t/exec'],
      ['ce-subject', 'y'.repeat(200)],
      ['x-goog-resource-state', 'exists'],
      ['x-goog-channel-token', '[redacted]'],
      ['x-shopify-topic', 'orders/paid'],
      ['x-amz-sns-message-type', 'Notification'],
    ];
    expect(preview('{}', { headers }).text.split('\n')).toEqual([
      ...['Event: x', 'x-github-event: push', 'ce-type: a\\u000ab\\u0009\\/exec'],
      `ce-subject: ${'y'.repeat(160)} … 40 characters more`,
      ...[
        'x-goog-resource-state: exists',
        'x-shopify-topic: orders\\/paid',
        'x-amz-sns-message-type: Notification',
      ],
      ...['', '{}'],
    ]);
  });

  it('has room for the payload, whatever is in the headers', () => {
    const headers = Array.from({ length: 20 }, (_, n): [string, string] => [`ce-${n}`, '\u200b'.repeat(160)]);
    const { text } = preview(JSON.stringify(noise), { headers });
    expect(text.length).toBeLessThanOrEqual(previewLength);
    expect(text).toMatch(/^Event: x\nce-0: (\\u200b)+\n\n\{\n {2}"noise": \[\n/);
  });

  it('is the whole payload if it fits, indented, as the sender wrote it', () => {
    const json = '{"n":1e400, "big":12345678901234567890,"a":1,"a":2,"s":"\\u0041\u200b","e":[],"o":{ }}';
    expect(preview(json)).toEqual({
      text: 'Event: x\n\n{\n  "n": 1e400,\n  "big": 12345678901234567890,\n  "a": 1,\n  "a": 2,\n  "s": "\\u0041\\u200b",\n  "e": [],\n  "o": {}\n}',
      cut: false,
      asksToSubscribe: false,
    });
  });

  it('shows digits, repeated names and escapes as the sender wrote them in an outline, too', () => {
    const text = shown(
      `{"n":1e400,"big":12345678901234567890,"a":1,"a":2,"s":"\\u0041",${JSON.stringify(noise).slice(1)}`,
    );
    expect(text).toContain(
      '"n": 1e400,\n  "big": 12345678901234567890,\n  "a": 1,\n  "a": 2,\n  "s": "\\u0041",',
    );
  });

  it('goes level by level, counts what it leaves out, and shows links and nulls last', () => {
    const deep = { l1: { l2: { l3: { l4: { l5: { l6: { l7: {} } } } } } } };
    const text = shown(
      JSON.stringify({ ...noise, none: null, last: { id: 7, link: 'https://x.example', ok: true }, deep }),
    );
    expect(text).toContain('  "noise": [\n    {\n      "n": 0,');
    expect(text).toContain('    … 45 more of 50\n  ],');
    expect(text).toContain(
      '"last": {\n    "id": 7,\n    "link": "https:\\/\\/x.example",\n    "ok": true\n  },',
    );
    expect(text).toContain('"l5": {… 1 member, 16 characters}');
  });

  it('gives each object its share, so that a large one does not hide the others', () => {
    const large = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`member_${n}`, 'x'.repeat(50)]));
    const text = shown(JSON.stringify({ a: large, b: large, c: { d: { e: 'found' } } }));
    expect(text).toContain('"e": "found"');
    expect(text).toMatch(
      /"a": \{\n {4}"member_0"[\s\S]*more of 300 members\n {2}\},\n {2}"b": \{\n {4}"member_0"/,
    );
  });

  it.each([
    ['a string', `"${'ab'.repeat(5_000)}"`, /^"(ab)+a?" … \d+ characters … "a?(b?ab)+"$/],
    ['digits', '1'.repeat(5_000), /^1+ … \d+ characters … 1+$/],
    ['escapes', `"${'\\u0001'.repeat(5_000)}"`, /^"(\\u0001)+" … \d+ characters …$/],
    ['backslashes', `"${'\\\\'.repeat(5_000)}"`, /^"(\\\\)+" … \d+ characters …$/],
    ['surrogate pairs', `"${'😀'.repeat(5_000)}"`, /^"(😀)+" … \d+ characters … "(😀)+"$/u],
    ['what is escaped here', `"${'<|\u200b'.repeat(5_000)}"`, /^"(\\u003c\||\\u200b)+/],
  ])('shortens %s in the middle and splits nothing', (_, json, expected) => {
    expect(shown(json)).toMatch(expected);
    expect(shown(`{"a":{"b":${json}}}`)).toContain('"b": ');
  });

  it('shows first what the sender’s payloads are about, with the way to it', () => {
    const body = {
      ...noise,
      action: 'created',
      comment: { user: { login: 'ada' }, body: 'Ship it /now' },
      label: null,
    };
    const text = shown(JSON.stringify(body), { eventType: { type: 'x', sender: 'GitHub' } });
    expect(preview(JSON.stringify(body), { eventType: { type: 'x', sender: 'GitHub' } }).text).toMatch(
      /^Event: x \(GitHub\)\n\naction: "created"\ncomment\.body: "Ship it \\\/now"\n\n\{\n/,
    );
    expect(text).not.toContain('label:');
  });

  it('shows the members that the admin chose before these, objects and nulls as well', () => {
    const body = JSON.stringify({
      ...noise,
      title: 'T',
      'odd key': { deep: ['x', { y: 'z'.repeat(2_000) }], none: null },
    });
    const text = shown(body, { fields: ['/odd key/none', '/odd key', '/missing', '/noise/49/n'] });
    expect(text).toMatch(
      /^\["odd key"\]\.none: null\n\["odd key"\]: \{\n {2}"deep": \[\n {4}"x",\n {4}\{\n {6}"y": "z+" … \d+ characters … "z+"\n[\s\S]*\}\nnoise\[49\]\.n: 49\ntitle: "T"\n\n/,
    );
  });

  it('finds the event in the field of a form', () => {
    const event = JSON.stringify({ ...noise, action: 'closed', pull_request: { merged: true } });
    const contentType = 'application/x-www-form-urlencoded';
    const text = shown(`payload=${encodeURIComponent(event)}`, {
      contentType,
      eventType: { type: 'x', sender: 'GitHub' },
    });
    expect(text).toContain('payload.action: "closed"\npayload.pull_request.merged: true\n');
  });

  it('shows a link that confirms a subscription as data, and says that there is one', () => {
    const body = JSON.stringify({
      Type: 'SubscriptionConfirmation',
      ...noise,
      SubscribeURL: 'https://sns.example/?a=1',
    });
    expect(preview(body)).toMatchObject({
      asksToSubscribe: true,
      text: expect.stringContaining('\nSubscribeURL: "https:\\/\\/sns.example\\/?a=1"\n'),
    });
    expect(preview('{"a":{"SubscribeURL":"x"}}').asksToSubscribe).toBe(false);
  });

  it('shows the beginning and the end of a long text, and only the beginning of bytes', () => {
    const text = shown(`first ${'/x '.repeat(5_000)} last\u200b`);
    expect(text).toMatch(/^first \\\/x [\s\S]* …\n[\s\S]* last\\u200b$/);
    expect(text).toContain('… of 15012 characters, the last ');
    expect(shown('short /text')).toBe('short \\/text');
    const bytes = preview(Buffer.alloc(10_000, 0xff));
    expect(bytes.cut).toBe(true);
    expect(bytes.text).toMatch(/^Event: x\n\nBytes that are not text, in base64:\n(\\\/){400}$/);
  });

  it('is never longer than 4,000 characters and always the same, for any payload', () => {
    const long = fc.tuple(
      fc.constantFrom('x', '/', '\u200b', '<|', '"', '\\', '😀', '{"a":['),
      fc.integer({ max: 9_000 }),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      long.map(([part, times]) => part.repeat(Math.max(1, times))),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: 'medium' }, text, fc.dictionary(text, tie('any')), fc.array(tie('any'))),
    })).any;
    const body = fc.oneof(
      value.map((one) => JSON.stringify(one)),
      text,
      fc.uint8Array({ maxLength: 9_000 }),
    );
    fc.assert(
      fc.property(body, fc.array(text, { maxLength: 3 }), (sent, names) => {
        const fields = names.map((name) => `/${name}`);
        const headers = names.map((name): [string, string] => [`ce-${name}`, name]);
        const once = preview(sent as string, { fields, headers });
        expect(once.text.length).toBeLessThanOrEqual(previewLength);
        expect(preview(sent as string, { fields, headers })).toEqual(once);
      }),
      { numRuns: 100 },
    );
  });
});
