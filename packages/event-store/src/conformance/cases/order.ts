import assert from 'node:assert/strict';
import type { RecordedEvent } from '../../port.ts';
import { casesOf } from '../case.ts';
import type { Conformance } from '../conformance.ts';

/** Reads on from its last position until told to stop, like a reader that only ever looks for new events. */
const readOn = async (c: Conformance, stop: AbortSignal): Promise<RecordedEvent[]> => {
  const seen: RecordedEvent[] = [];
  let from = c.beginPosition;
  for (let last = false; !last; ) {
    last = stop.aborted;
    for await (const event of c.readAll({ from })) {
      seen.push(event);
      from = event.position;
    }
  }
  return seen;
};

export const order = casesOf('Order', [
  {
    name: 'a reader that has read up to a position has seen every event up to it: 8 writers in 3 processes, one stopped in mid-append',
    run: async (c) => {
      const follower = c.follow();
      await follower.caughtUp();
      const stop = new AbortController();
      const reader = c.beside(readOn(c, stop.signal));
      const children = [3, 3, 2].map((writers, number) =>
        c.child('writer', { prefix: c.prefix, name: `process_${number}`, writers }),
      );
      const [first, ...others] = children;
      assert.ok(first);
      const progress = async (child = first, lines = 3): Promise<void> => {
        for (let line = 0; line < lines; line += 1) await child.line();
      };
      for (let round = 0; round < 5; round += 1) {
        await Promise.all(children.map((child) => progress(child)));
        first.signal('SIGSTOP');
        // A stopped process blocks no other process.
        await Promise.all(others.map((child) => progress(child, 10)));
        first.signal('SIGCONT');
      }
      for (const child of children) child.finish();
      assert.deepEqual(await Promise.all(children.map((child) => child.exited())), [0, 0, 0]);
      stop.abort();

      const ids = (events: readonly RecordedEvent[]): string[] => events.map(({ id }) => id);
      const logged = await c.logged();
      for (const { stream } of logged) c.streams.add(stream);
      assert.ok(logged.length > 500, `only ${logged.length} events were written`);
      assert.deepEqual(ids(await reader), ids(logged), 'a reader that reads on');
      assert.deepEqual(ids(await follower.untilEvents(logged.length)), ids(logged), 'a subscription');
    },
  },
  {
    name: 'positions order all events and rise with revisions within a stream',
    run: async (c) => {
      const streams = [c.stream('one'), c.stream('two'), c.stream('three')];
      const stores = [c.store, await c.open()];
      await Promise.all(
        Array.from({ length: 60 }, (_, number) =>
          stores[number % 2]?.append(streams[number % 3] ?? '', 'any', c.events(1 + (number % 3))),
        ),
      );
      const logged = await c.logged();
      assert.ok(
        logged.every(({ position }, index) => index === 0 || position > (logged[index - 1]?.position ?? 0n)),
      );
      for (const stream of streams) {
        const revisions = logged.filter((event) => event.stream === stream).map(({ revision }) => revision);
        assert.deepEqual(
          revisions,
          revisions.map((_, index) => index),
        );
      }
    },
  },
  {
    name: 'once an append is acknowledged, every client can read its events',
    run: async (c) => {
      const other = await c.open();
      const stream = c.stream();
      for (let number = 0; number < 20; number += 1) {
        const { revision, position } = await c.given(stream, c.events(1));
        assert.notEqual(await other.readEvent(stream, revision), 'gone');
        const head = await other.head();
        assert.ok(head !== null && head.position >= position);
      }
    },
  },
  {
    name: 'the head is the last position of the log, and it rises',
    run: async (c) => {
      const stream = c.stream();
      const [one] = c.events(1);
      assert.ok(one);
      const { position } = await c.given(stream, [one]);
      const head = await c.store.head();
      assert.ok(head !== null && (head.position > position || head.eventId === one.id));
    },
  },
]);
