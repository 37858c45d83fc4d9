import { tokensOf, valueAt } from '@mission-control/contracts';
import { describe, expect, it } from 'vitest';
import { escapeJson } from '../escapes.ts';
import { payloadEventType } from '../event-type.ts';
import { type Example, sentBody, withNoise } from '../testing/examples/example.ts';
import { examples } from '../testing/examples/examples.ts';
import { payloadOf } from '../testing/payload.ts';
import { previewOf } from './preview.ts';

const previewOfExample = (example: Example): string => {
  const { headers, contentType } = example;
  const payload = payloadOf(sentBody(example), {
    headers: headers.map((header) => [...header]),
    contentType,
  });
  return previewOf({ payload, eventType: payloadEventType(payload), fields: [] }).text;
};

const wayOf = (pointer: string): string =>
  (tokensOf(pointer) ?? []).reduce((way, token) => {
    if (/^\d+$/.test(token)) return `${way}[${token}]`;
    return way === '' ? token : `${way}.${token}`;
  }, '');

/** The beginning of the value as the preview shows it. */
const shownValue = ({ body, member }: Example): string => {
  const value = valueAt(body, tokensOf(member) ?? []);
  if (value === undefined) throw new Error(`The example has no ${member}.`);
  return escapeJson(JSON.stringify(value)).slice(0, 60).replace(/"$/, '');
};

describe('the preview of an example', () => {
  it('is tested with 60 examples of 15 senders', () => {
    expect(examples.length).toBeGreaterThanOrEqual(60);
    expect(new Set(examples.map(({ sender }) => sender)).size).toBeGreaterThanOrEqual(15);
  });

  it.each(
    examples.map((example) => [example.sender, example.event, wayOf(example.member), example] as const),
  )('%s %s has %s, whatever is before it', (sender, event, way, example) => {
    const text = previewOfExample(example);
    expect(text).toContain(`Event: ${event?.replaceAll('/', '\\/')} (${sender})\n`);
    expect(text).toContain(shownValue(example));
    const long = previewOfExample(withNoise(example));
    expect(long).toContain(`\n${way}: ${shownValue(example)}`);
    expect(long.indexOf(`\n${way}: `)).toBeLessThan(1_500);
  });
});
