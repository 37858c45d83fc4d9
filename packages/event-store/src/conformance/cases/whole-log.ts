import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { LogEntry, RecordedText, StreamSettings } from '../../port.ts';
import { casesOf } from '../case.ts';
import type { Conformance } from '../conformance.ts';

/** What of the case's own streams is in the log, in order. */
const entriesOf = async (c: Conformance): Promise<LogEntry[]> => {
  const entries: LogEntry[] = [];
  for await (const entry of c.store.readWholeLog(c.beginPosition)) {
    if (streamOf(entry).startsWith(c.prefix)) entries.push(entry);
  }
  return entries;
};

const streamOf = (entry: LogEntry): string => (entry.kind === 'visible' ? entry.event.stream : entry.stream);
const positionOf = (entry: LogEntry): bigint =>
  entry.kind === 'visible' ? entry.event.position : entry.position;
const summaryOf = (entry: LogEntry): string =>
  entry.kind === 'visible'
    ? `visible ${entry.event.stream}@${entry.event.revision}`
    : `hidden ${entry.stream}@${entry.revision}`;

const settingsOf = async (c: Conformance): Promise<Map<string, Omit<StreamSettings, 'stream'>>> => {
  const settings = (await Array.fromAsync(c.store.streamSettings())).filter(({ stream }) =>
    stream.startsWith(c.prefix),
  );
  const byStream = new Map(settings.map(({ stream, ...rest }) => [stream, rest]));
  assert.equal(byStream.size, settings.length, 'each stream once');
  return byStream;
};

export const wholeLog = casesOf('Reading', [
  {
    name: 'readWholeLog yields visible events as readAll does, and hidden ones without content, in order',
    run: async (c) => {
      const [one, other] = [c.stream('one'), c.stream('other')];
      await c.given(one, c.events(3));
      await c.given(other, c.events(2));
      await c.given(one, c.events(1));
      await c.store.setStreamMetadata(one, { truncateBefore: 2 });
      await c.store.setStreamMetadata(other, { truncateBefore: 2 });
      const entries = await entriesOf(c);
      assert.deepEqual(
        entries.flatMap((entry) => (entry.kind === 'visible' ? [entry.event] : [])),
        await c.logged(),
      );
      assert.deepEqual(entries.map(summaryOf), [
        `hidden ${one}@0`,
        `hidden ${one}@1`,
        `visible ${one}@2`,
        `hidden ${other}@0`,
        `hidden ${other}@1`,
        `visible ${one}@3`,
      ]);
      const positions = entries.map(positionOf);
      assert.deepEqual(
        positions,
        positions.toSorted((a, b) => (a < b ? -1 : 1)),
      );
    },
  },
  {
    name: 'readTexts yields the events of readAll with the texts of their JSON, in the form of RFC 8785',
    run: async (c) => {
      const stream = c.stream();
      const data = { b: 1, a: { '10': true, '2': null, z: ['é', { y: 1e21, x: -0 }] } };
      await c.given(stream, [{ ...c.event('ConformanceRun', data), metadata: { d: [], c: '\u2028"' } }]);
      await c.given(c.stream('long'), c.events(600));
      const hidden = c.stream('hidden');
      await c.given(hidden, c.events(2));
      await c.store.setStreamMetadata(hidden, { truncateBefore: 1 });
      const texts: RecordedText[] = [];
      for await (const events of c.store.readTexts())
        texts.push(...events.filter((event) => event.stream.startsWith(c.prefix)));
      const parsed = texts.map((event) => ({
        ...event,
        data: JSON.parse(event.data),
        metadata: JSON.parse(event.metadata),
      }));
      assert.deepEqual(parsed, await c.logged());
      const later: RecordedText[] = [];
      for await (const events of c.store.readTexts(texts[1]?.position))
        later.push(...events.filter((event) => event.stream.startsWith(c.prefix)));
      assert.deepEqual(later, texts.slice(2));
      assert.deepEqual(
        [texts[0]?.data, texts[0]?.metadata],
        ['{"a":{"10":true,"2":null,"z":["é",{"x":0,"y":1e+21}]},"b":1}', '{"c":"\u2028\\"","d":[]}'],
      );
    },
  },
  {
    name: 'readWholeLog continues after a position',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(2));
      const { position } = await c.given(stream, c.events(1));
      await c.given(stream, c.events(2));
      await c.store.setStreamMetadata(stream, { truncateBefore: 4 });
      const rest: string[] = [];
      for await (const entry of c.store.readWholeLog(position)) {
        if (streamOf(entry) === stream) rest.push(summaryOf(entry));
      }
      assert.deepEqual(rest, [`hidden ${stream}@3`, `visible ${stream}@4`]);
    },
  },
  {
    name: 'streamSettings yields the last metadata of each stream, and tombstones',
    run: async (c) => {
      const [bounded, early, loosened, deleted, absent, plain] = [
        c.stream('bounded'),
        c.stream('early'),
        c.stream('loosened'),
        c.stream('deleted'),
        c.stream('absent'),
        c.stream('plain'),
      ];
      await c.given(bounded, c.events(3));
      await c.store.setStreamMetadata(bounded, { truncateBefore: 2 });
      await c.store.setStreamMetadata(bounded, { maxCount: 5, maxAgeSeconds: 60, truncateBefore: 1 });
      await c.store.setStreamMetadata(early, { maxCount: 1 });
      await c.store.setStreamMetadata(loosened, { maxCount: 1 });
      await c.store.setStreamMetadata(loosened, {});
      await c.given(deleted, c.events(2));
      await c.store.tombstone(deleted);
      await c.store.tombstone(absent);
      await c.given(plain, c.events(1));
      const settings = await settingsOf(c);
      assert.deepEqual(settings.get(bounded), {
        metadata: { maxCount: 5, maxAgeSeconds: 60, truncateBefore: 1 },
        tombstoned: false,
      });
      assert.deepEqual(settings.get(early), { metadata: { maxCount: 1 }, tombstoned: false });
      assert.deepEqual(settings.get(loosened)?.metadata, {});
      assert.equal(settings.get(deleted)?.tombstoned, true);
      assert.equal(settings.get(absent)?.tombstoned, true);
      assert.equal(settings.has(plain), false);
    },
  },
  {
    name: 'otherClients yields the names of other clients, each once, and not its own',
    needs: 'listsClients',
    run: async (c) => {
      const name = `conformance-${randomUUID()}`;
      const others = [await c.open(c.url, { name }), await c.open(c.url, { name })];
      await Promise.all(others.map((other) => other.ping()));
      const clients = await c.store.otherClients();
      assert.equal(clients.filter((client) => client === name).length, 1);
      assert.equal((await others[0]?.otherClients())?.includes(name), false);
    },
  },
]);
