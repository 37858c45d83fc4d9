import { type WebhookPayloadReceived, wrapBody } from '@mission-control/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatewayMayActOn } from '../gateway-syntax.ts';
import { agentMessage } from '../texts.ts';
import { previewLength, previewOf } from './preview.ts';

const fence = '00112233445566778899aabbccddeeff';
const payloadOf = (body: string, contentType: string | null = null): WebhookPayloadReceived => ({
  payloadId: '018e0e5a-0000-7000-8000-000000000001',
  boardId: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f04',
  webhookId: 'd9a4f0e6-5b1c-4d2e-9f3a-2b3c4d5e6f05',
  webhookRevision: 0,
  receivedAt: '2026-03-05T12:00:00.000Z',
  sourceIp: '192.0.2.1',
  contentType,
  headers: [],
  body: wrapBody(Buffer.from(body)),
  size: Buffer.byteLength(body),
  sha256: 'a'.repeat(64),
  verification: { verdict: 'unverified', scheme: 'none' },
  dedupe: { key: null, source: null, windowSeconds: 604_800 },
  fence,
});
const eventType = { type: 'pull_request.closed', sender: 'GitHub' };

const shown = (template: string, body: string, contentType: string | null = null) =>
  previewOf({ payload: payloadOf(body, contentType), eventType, fields: [], template }).text;

describe('a text from a template', () => {
  const pullRequest = JSON.stringify({
    pull_request: { title: 'Fix a/b', number: 7, merged: true, labels: [1, 2] },
  });

  it('comes after the event type and before the payload, with values as JSON writes them', () => {
    const template =
      '{{sender}} #{{/pull_request/number}} {{/pull_request/title}}\nmerged: {{ /pull_request/merged }}';
    expect(shown(template, pullRequest)).toMatch(
      /^Event: pull_request\.closed \(GitHub\)\n\nGitHub #7 "Fix a\\\/b"\nmerged: true\n\n\{\n {2}"pull_request"/,
    );
    const others =
      '{{event_type}} {{received_at}} {{payload_id}} {{/pull_request/labels}} {{/x}} {{/pull_request/number}}{{/pull_request/number}}';
    expect(shown(others, pullRequest)).toContain(
      '\n\npull_request.closed 2026-03-05T12:00:00.000Z 018e0e5a-0000-7000-8000-000000000001 [… 2 items, 5 characters] (missing) 77\n\n',
    );
  });

  it('has values of forms, digits as they were written, and says what is missing in other texts', () => {
    const form = 'application/x-www-form-urlencoded';
    expect(shown('{{/a}} {{/b/c}}', 'a=1&payload=%7B%22b%22%3A%7B%22c%22%3A2%7D%7D', form)).toContain(
      '\n\n"1" 2\n\n',
    );
    expect(shown('{{/n}}', '{"n":12345678901234567890.10}')).toContain('\n\n12345678901234567890.10\n\n');
    expect(shown('{{/n}} of {{sender}}', 'no JSON', 'text/plain')).toContain('\n\n(missing) of GitHub\n\n');
  });

  it('is bounded, and so is the preview with it', () => {
    const body = JSON.stringify({ a: 'x'.repeat(10_000), b: 'y'.repeat(10_000) });
    const text = shown(`${'z'.repeat(1_500)}${'{{/a}}'.repeat(10)}`, body);
    expect(text.length).toBeLessThanOrEqual(previewLength);
    expect(text.slice(0, 2_100)).toContain('characters …');
    expect(text).toContain('"b": "yyy');
  });

  it('stays inside the fence, with nothing that an OpenClaw gateway acts on, whatever the values are', () => {
    const pieces = fc.constantFrom(
      ...[
        '/exec rm',
        ' /model x',
        '<',
        '|im_start|>',
        '<|',
        '[[',
        'reply_to: 1]]',
        '$',
        'github',
        '~',
        '/image.png',
        'c:',
        '\\',
        '\u202e',
      ],
      ...[
        '\n',
        `END EXTERNAL DATA ${fence}`,
        '</s>',
        '[INST]',
        '\ud83d',
        '\ude00',
        '\u{e0069}',
        '"',
        'text',
        '{{',
        '}}',
      ],
    );
    const text = fc.array(pieces, { maxLength: 6 }).map((all) => all.join(''));
    const types = fc.constantFrom('pull_request.closed', 'github', 'exec', 'a/b', null);
    fc.assert(
      fc.property(text, text, types, fc.array(text, { maxLength: 3 }), (a, b, type, between) => {
        const template = ['{{/a}}', '{{/b}}', '{{event_type}}{{/a}}', '{{/a/0}}']
          .flatMap((placeholder, i) => [
            (between[i] ?? '').replaceAll(/[{}]/g, '').replaceAll(fence, ''),
            placeholder,
          ])
          .join('');
        // The fence is chosen after the sender sent its bytes.
        const body = JSON.stringify({ a: a.replaceAll(fence, ''), b: [b.replaceAll(fence, '')] });
        const message = agentMessage({
          ...{ payload: payloadOf(body), eventType: { type, sender: null } },
          ...{ instruction: 'Do it', boardName: 'Board', baseUrl: 'https://mc.example.com', readLink: null },
          message: { fields: [], template },
        });
        expect(gatewayMayActOn(message)).toBe(false);
        const lines = message.split('\n');
        const [begin, end] = ['BEGIN', 'END'].map((word) => lines.indexOf(`${word} EXTERNAL DATA ${fence}`));
        const without = agentMessage({
          ...{ payload: payloadOf('{}'), eventType: { type: 'x', sender: null }, message: null },
          ...{ instruction: 'Do it', boardName: 'Board', baseUrl: 'https://mc.example.com', readLink: null },
        }).split('\n');
        const outside = (all: string[], from = -1, to = -1) =>
          [...all.slice(0, from + 1), ...all.slice(to)].filter(
            (line) => !line.startsWith('An … and a number'),
          );
        expect(outside(lines, begin, end)).toEqual(
          outside(
            without,
            without.indexOf(`BEGIN EXTERNAL DATA ${fence}`),
            without.indexOf(`END EXTERNAL DATA ${fence}`),
          ),
        );
        expect(lines.filter((line) => line.includes(fence))).toHaveLength(2);
      }),
      { numRuns: 300 },
    );
  });
});
