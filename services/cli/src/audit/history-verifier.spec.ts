import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Line, SealedExport, textsOf } from '../testing/sealed-export.ts';
import { parseAsWritten, parseExported } from './exported-event.ts';
import { type Anchor, HistoryVerifier } from './history-verifier.ts';

const verify = (lines: readonly Line[], anchors: readonly Anchor[] = []) => {
  const verifier = new HistoryVerifier(anchors, null);
  for (const text of textsOf(lines)) verifier.take(parseExported(text));
  return verifier.end();
};

const events = 60;
const whole = SealedExport.of(events);
const { lines } = whole;
/** The sealed events that are no sealing events, by their place among the lines. */
const sealed = lines.flatMap(({ subject }, at) =>
  subject !== 'merkle' && lines.findLastIndex((line) => line.subject === 'merkle') > at ? [at] : [],
);
const oneOf = fc.constantFrom(...sealed);
const position = (at: number) => lines[at]?.position ?? null;
const named = (at: number) => `${lines[at]?.subject}@${lines[at]?.revision}`;

describe('the verifier of exports', () => {
  it('accepts what is as it was sealed', () => {
    const { fault, leaves, unsealed, root } = verify(lines);
    expect({ fault, leaves, unsealed }).toEqual({ fault: null, leaves: lines.length - 5, unsealed: 5 });
    expect(root).toEqual(whole.frontier.root());
    expect(verify(lines, [{ size: leaves, root }]).fault).toBeNull();
  });

  it('finds an altered event', () => {
    fc.assert(
      fc.property(oneOf, (at) => {
        const altered = lines.with(at, { ...(lines[at] as Line), data: { n: -1 } });
        expect(verify(altered).fault).toMatchObject({
          ...{ kind: 'altered', event: named(at), position: position(at) },
        });
      }),
    );
  });

  it('finds a missing event, between those that were beside it', () => {
    fc.assert(
      fc.property(oneOf, (at) => {
        expect(verify(lines.toSpliced(at, 1)).fault).toMatchObject({
          ...{ kind: 'missing', event: named(at), position: position(at + 1) },
          after: at === 0 ? null : position(at - 1),
        });
      }),
    );
  });

  it('finds an inserted event', () => {
    fc.assert(
      fc.property(oneOf, (at) => {
        const stranger = { ...(lines[at] as Line), subject: 'webhook-9', position: 'log:999' };
        expect(verify(lines.toSpliced(at, 0, stranger)).fault).toMatchObject({
          ...{ kind: 'inserted', event: `webhook-9@${stranger.revision}`, position: 'log:999' },
        });
      }),
    );
  });

  it('finds two events that were exchanged, near and far', () => {
    fc.assert(
      fc.property(fc.uniqueArray(oneOf, { minLength: 2, maxLength: 2 }), (two) => {
        const [one = 0, other = 0] = two.sort((a, b) => a - b);
        const exchanged = lines.with(one, lines[other] as Line).with(other, lines[one] as Line);
        expect(verify(exchanged).fault).toMatchObject({ kind: 'reordered', event: named(other) });
      }),
    );
  });

  it('finds a cut tail by a signed checkpoint that was kept elsewhere', () => {
    const kept = { size: whole.frontier.size, root: whole.frontier.root() };
    const cut = lines.slice(0, 40);
    expect(verify(cut).fault).toBeNull();
    expect(verify(cut, [kept]).fault).toMatchObject({ kind: 'cut', position: null, after: position(39) });
  });

  it('finds a history that was sealed again', () => {
    const other = new SealedExport();
    for (const { subject, type } of lines)
      if (subject === 'merkle') other.seal();
      else other.add(subject, type, { n: -1 });
    expect(verify(other.lines).fault).toBeNull();
    const kept = { size: 20, root: Buffer.alloc(32) };
    expect(verify(other.lines, [kept]).fault).toMatchObject({ kind: 'inconsistent' });
  });

  it('finds a sealing event that is gone or altered', () => {
    const at = lines.findIndex(({ subject, revision }) => subject === 'merkle' && revision === 3);
    expect(verify(lines.toSpliced(at, 1)).fault).toMatchObject({ kind: 'missing', event: 'merkle@3' });
    const { data } = lines[at] as Line;
    for (const altered of [
      { ...data, firstIndex: 1 },
      { ...data, root: 'AAAA' },
      { ...data, hashes: 'AAAA' },
      {},
    ])
      expect(verify(lines.with(at, { ...(lines[at] as Line), data: altered })).fault).toMatchObject({
        ...{ kind: 'inconsistent', event: 'merkle@3', position: position(at) },
      });
  });

  it('accepts that events are gone if a sealed fact says so, and states how many', () => {
    const exported = SealedExport.of(21);
    const hidden = exported.lines.filter(({ subject }) => subject === 'webhook-1');
    const early = exported.lines.filter(({ subject, revision }) => subject === 'webhook-2' && revision < 3);
    exported.add('audit', 'EventsHidden', {
      streams: [
        ['webhook-1', null],
        ['webhook-2', 3],
      ],
    });
    exported.seal();
    const left = exported.lines.filter((line) => !hidden.includes(line) && !early.includes(line));
    expect(verify(left)).toMatchObject({ fault: null, hidden: { removed: hidden.length + 3, bounded: 0 } });
    const more = left.filter(({ subject, revision }) => subject !== 'webhook-2' || revision !== 3);
    expect(verify(more).fault).toMatchObject({ kind: 'missing', event: 'webhook-2@3' });
    const unexplained = left.filter(({ subject }) => subject !== 'audit');
    expect(verify(unexplained).fault).toMatchObject({ kind: 'missing', event: 'webhook-1@0' });
  });

  it('accepts that arrivals are left out whose content was stored in the clear and erased, if a sealed fact says so', () => {
    const exported = new SealedExport();
    for (let n = 0; n < 5; n++) exported.add('payloads-w');
    exported.add('removals-w', 'WebhookPayloadErasureCompleted', { webhookId: 'w', unencrypted: [1, 3] });
    exported.seal();
    const isErased = ({ subject, revision }: Line) => subject === 'payloads-w' && revision % 2 === 1;
    const left = exported.lines.filter((line) => !isErased(line));
    expect(verify(left)).toMatchObject({ fault: null, hidden: { removed: 0, bounded: 0, erased: 2 } });
    const more = left.filter(({ subject, revision }) => subject !== 'payloads-w' || revision !== 2);
    expect(verify(more).fault).toMatchObject({ kind: 'missing', event: 'payloads-w@2' });
    const unexplained = left.filter(({ subject }) => subject !== 'removals-w');
    expect(verify(unexplained).fault).toMatchObject({ kind: 'missing', event: 'payloads-w@1' });
  });

  it('accepts that only the newest statuses of an OpenClaw gateway are there', () => {
    const exported = new SealedExport();
    for (let n = 0; n < 1_010; n++) exported.add('openclaw_gateway_status-1');
    exported.seal();
    const left = exported.lines.slice(10);
    expect(verify(left)).toMatchObject({ fault: null, hidden: { removed: 0, bounded: 10 } });
    expect(verify(left.slice(1)).fault).toMatchObject({
      kind: 'missing',
      event: 'openclaw_gateway_status-1@10',
    });
  });

  it('takes no notice of streams outside the tree', () => {
    const stranger = { ...(lines[0] as Line), subject: 'rejections-1' };
    expect(verify(lines.toSpliced(5, 0, stranger)).fault).toBeNull();
  });
});

it('a line as the system has written it has the same hash without being parsed as a whole', () => {
  const isNeeded = ({ stream }: { stream: string }) => stream === 'merkle';
  for (const text of textsOf(lines)) {
    const { data, ...whole } = parseExported(text);
    const written = parseAsWritten(text, isNeeded);
    expect(written).toEqual({ ...whole, data: whole.stream === 'merkle' ? data : undefined });
  }
  const [text = ''] = textsOf(lines);
  expect(parseAsWritten(text.replace('"n":1', '"n":2'), isNeeded).hash).not.toEqual(parseExported(text).hash);
});

it.each(['', '[]', 'null', '{"specversion":"1.0"}', '{"specversion":"1.0","data":{}}'])(
  'a line %j is no event',
  (line) => {
    expect(() => parseExported(line)).toThrow('it is not');
    expect(() => parseAsWritten(line, () => false)).toThrow('it is not');
  },
);

it('a line that shows another time than its metadata is not accepted', () => {
  const [text = ''] = textsOf(lines);
  for (const parse of [parseExported, (line: string) => parseAsWritten(line, () => true)]) {
    expect(() => parse(text)).not.toThrow();
    expect(() => parse(text.replace('"time":"2026', '"time":"2025'))).toThrow('time');
    const both = JSON.stringify('2026-11-28T15:00:00.000Z","schemaVersion":1');
    expect(() => parse(text.replace(/"time":"[^"]*"/, `"time":${both}`))).toThrow('time');
  }
});
