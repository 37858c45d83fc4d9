import { hash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf, canonicalJson, canonicalText, isSealed, leafHashOf } from './index.ts';

const event = {
  stream: 'webhook-6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c02',
  revision: 7,
  id: '018e0e5a-0000-7000-8000-000000000901',
  type: 'WebhookUpdated',
  data: { b: 1, a: { '10': true, '2': null, z: ['é', '\u2028', 1e21, 0.1, -0] } },
  metadata: { schemaVersion: 1, actor: { kind: 'admin', id: 'ada' } },
};

describe('the canonical bytes of an event', () => {
  it('are its six members as RFC 8785 writes them', () => {
    expect(canonicalText(event)).toBe(
      '{"data":{"a":{"10":true,"2":null,"z":["é","\u2028",1e+21,0.1,0]},"b":1},' +
        '"id":"018e0e5a-0000-7000-8000-000000000901","metadata":{"actor":{"id":"ada","kind":"admin"},"schemaVersion":1},' +
        '"revision":7,"stream":"webhook-6a0d9c52-3c0b-4c5e-9d52-7c1f2a3b4c02","type":"WebhookUpdated"}',
    );
    const bytes = Buffer.concat([Buffer.of(0), Buffer.from(canonicalText(event))]);
    expect(bytesOf([leafHashOf(event)])).toEqual(hash('sha256', bytes, 'buffer'));
  });

  it('do not cover where and when the event was recorded, so a copy of a log has the same leaves', () => {
    const recorded = { ...event, position: 12n, recordedAt: '2026-11-28T12:00:00.000Z' };
    expect(leafHashOf(recorded)).toEqual(leafHashOf(event));
  });

  it('are the same after any event was stored as JSON and read, whatever the order of its members', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), json), json, (data, metadata) => {
        const one = { ...event, data, metadata };
        const reversed = Object.fromEntries(Object.entries(data).reverse());
        const read = JSON.parse(JSON.stringify({ metadata, data: reversed })) as typeof one;
        expect(canonicalText({ ...event, ...read })).toBe(canonicalText(one));
        expect(JSON.parse(canonicalText(one))).toEqual(JSON.parse(JSON.stringify(one)));
      }),
    );
  });

  it('are those of another implementation of RFC 8785', () => {
    const json = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(json, (value) => {
        // It refuses lone surrogates.
        if (JSON.stringify(value).includes('\\ud')) return;
        expect(canonicalJson(value)).toBe(canonicalize(value));
      }),
    );
  });

  it('are so with names that JavaScript puts in another order, or takes for something else', () => {
    const text =
      '{"b":[{"10":1,"2":2,"!":3}],"__proto__":{"z":{"é":1,"e":2},"a":[]},"a":[[{"1":null}],null]}';
    const value: unknown = JSON.parse(text);
    expect(canonicalJson(value)).toBe(
      '{"__proto__":{"a":[],"z":{"e":2,"é":1}},"a":[[{"1":null}],null],"b":[{"!":3,"10":1,"2":2}]}',
    );
  });

  it('have what is not JSON as JSON.stringify writes it, since events are stored as this text', () => {
    for (const value of [
      { a: [undefined, () => 1], b: undefined, c: new Date(0), d: Number.NaN },
      { '10': undefined, a: [undefined, 1], c: new Date(0), d: { toJSON: () => ({ x: 1 }) } },
    ])
      expect(canonicalJson(value)).toBe(JSON.stringify(value));
  });

  it('are so with more names than are remembered', () => {
    for (let n = 0; n < 12_000; n++)
      expect(canonicalJson({ [`z${n}`]: n, [`a${n}`]: { c: [n], b: n } })).toBe(
        `{"a${n}":{"b":${n},"c":[${n}]},"z${n}":${n}}`,
      );
  });

  it('write a lone surrogate, which a sender may have sent, as an escape', () => {
    expect(canonicalText({ ...event, data: { b: ['\ud800'], a: 'ä' } })).toContain(
      '{"data":{"a":"ä","b":["\\ud800"]},"id"',
    );
  });
});

it.each([
  ['payloads-1', true],
  ['merkle', true],
  ['rejections-1', false],
  ['steward', false],
  ['relay', false],
  ['replays', false],
  ['log_copy', false],
  ['orders-1', false],
  ['webhook', false],
])('says whether the events of %s are leaves', (stream, expected) => {
  expect(isSealed(stream)).toBe(expected);
});
