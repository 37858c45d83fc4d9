import fc from 'fast-check';
import { expect, it } from 'vitest';
import { payloadEventType } from '../event-type.ts';
import { gatewayMayActOn } from '../gateway-syntax.ts';
import { hostileBody, hostileHeaders, hostileText } from '../testing/hostile.ts';
import { fence, payloadOf } from '../testing/payload.ts';
import { agentMessage, type MessageParts, memoryText } from '../texts.ts';
import { previewLength } from './preview.ts';

const payloads = process.env.TEST_SIZE === 'full' ? 10_000 : 600;

const partsOf = (payload: MessageParts['payload'], fields: readonly string[]): MessageParts => ({
  payload,
  eventType: payloadEventType(payload),
  message: { fields },
  ...{ instruction: 'Do it', boardName: 'Board', baseUrl: 'https://mc.example.com', readLink: null },
});

const begin = Buffer.from(`\nBEGIN EXTERNAL DATA ${fence}\n`);
const end = Buffer.from(`\nEND EXTERNAL DATA ${fence}`);

/** The bytes before, between and after the marker lines, which are there once each. */
const split = (text: string): { before: string; inside: string; after: string } => {
  const bytes = Buffer.from(text);
  const [from, to] = [bytes.indexOf(begin), bytes.indexOf(end)];
  expect([from, to]).toEqual([bytes.lastIndexOf(begin), bytes.lastIndexOf(end)]);
  expect(from).toBeGreaterThan(0);
  expect(to).toBeGreaterThan(from);
  return {
    before: bytes.toString('latin1', 0, from),
    inside: bytes.toString('utf8', from + begin.length, to),
    after: bytes.toString('latin1', to + end.length),
  };
};

/** The size of the body and the sender's name, which is one of a fixed list, are all that depends on the payload. */
const withoutPayload = (before: string, { eventType: { sender } }: MessageParts): string => {
  const sized = before.replace(/extract: the body has \d+ bytes/, 'extract: the body has 9000 bytes');
  if (sender === null) return sized;
  // The names of the fixed list consist of letters.
  expect(sender).toMatch(/^[A-Z][A-Za-z]+( [A-Z][A-Za-z]+){0,2}$/);
  return sized.replace(
    `What happened: an external system that looks like ${sender} sent`,
    'What happened: an external system sent',
  );
};

/** All that can stand before and after the data: each is written by us, and none depends on what the sender wrote. */
const outside = (textOf: (parts: MessageParts) => string) => {
  const long = 'x'.repeat(9_000 - 2);
  const harmless = [
    '{"a":1}',
    JSON.stringify(long),
    '{"SubscribeURL":1}',
    JSON.stringify({ SubscribeURL: 1, long })
      .slice(0, 9_000 - 2)
      .concat('"}'),
  ];
  const texts = harmless.map((body) => split(textOf(partsOf(payloadOf(body), []))));
  return {
    before: new Set(texts.map(({ before }) => before)),
    after: new Set(texts.map(({ after }) => after)),
  };
};
const known = [
  { textOf: agentMessage, ...outside(agentMessage) },
  { textOf: memoryText, ...outside(memoryText) },
];

/** Nothing that is invisible, moves the cursor, changes direction or belongs to no character. */
const unseen =
  /[^\P{C}\n\t]|[\p{Default_Ignorable_Code_Point}\p{Variation_Selector}\p{Zl}\p{Zp}\u00a0\u3000]/u;
const chatTokens = /<\|im_|\[\/?INST\]|<<SYS>>|<\/s>|<start_of_turn>|<think>|<｜|⟦openclaw|\[\[reply_to/i;

it(`no text of ${payloads} hostile payloads is outside the fence, in messages and in board memory`, () => {
  fc.assert(
    fc.property(
      hostileBody,
      hostileHeaders,
      fc.array(hostileText, { maxLength: 2 }),
      ({ body, contentType }, headers, names) => {
        const payload = payloadOf(body, { contentType, headers });
        const parts = partsOf(
          payload,
          names.map((name) => `/${name}`),
        );
        for (const { textOf, before, after } of known) {
          const text = textOf(parts);
          const found = split(text);
          expect(before).toContain(withoutPayload(found.before, parts));
          expect(after).toContain(found.after);
          const data = found.inside;
          expect(data.length).toBeLessThanOrEqual(previewLength);
          expect(data).not.toMatch(unseen);
          expect(data).not.toMatch(chatTokens);
          expect(data).not.toMatch(/(?<!\\)\//);
          const sent = textOf === agentMessage ? text : found.inside;
          expect(gatewayMayActOn(sent)).toBe(false);
        }
      },
    ),
    { numRuns: payloads },
  );
}, 600_000);
