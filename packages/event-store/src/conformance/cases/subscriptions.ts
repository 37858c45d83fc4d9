import assert from 'node:assert/strict';
import type { SubscriptionMessage } from '../../port.ts';
import { casesOf } from '../case.ts';
import type { Conformance } from '../conformance.ts';
import { eventually, settled } from '../waiting.ts';

const mebibyte = 1024 * 1024;

/** Asserts that checkpoints never fall, an event's checkpoint is its own, and everything before a checkpoint was yielded. */
const assertInSequence = (messages: readonly SubscriptionMessage[]): void => {
  let last = -1n;
  for (const message of messages) {
    const position = message.checkpoint?.position ?? -1n;
    if (message.kind === 'event') {
      assert.equal(position, message.event.position);
      assert.equal(message.checkpoint.eventId, message.event.id);
      assert.ok(position > last, 'an event after a checkpoint that covers it');
    }
    assert.ok(position >= last, 'checkpoints fall');
    last = position;
  }
};

const appendInTurns = async (c: Conformance, count: number): Promise<void> => {
  for (let number = 0; number < count; number += 1) {
    await c.given(c.stream(number % 2 === 0 ? 'shown' : 'other'), c.events(1 + (number % 4)));
  }
};

export const subscriptions = casesOf('Subscriptions', [
  {
    name: 'the events after the checkpoint are yielded once each and in order, then caught_up, then new events as they arrive',
    run: async (c) => {
      await appendInTurns(c, 20);
      const follower = c.follow();
      await follower.caughtUp();
      assert.deepEqual(follower.events, await c.logged());
      for (let round = 0; round < 5; round += 1) {
        await appendInTurns(c, 6);
        const logged = await c.logged();
        assert.deepEqual(await follower.untilEvents(logged.length), logged);
        await follower.caughtUp();
      }
      assertInSequence(follower.messages);
    },
  },
  {
    name: 'a subscription that has fallen far behind catches up over many pages while others append',
    run: async (c) => {
      for (let round = 0; round < 6; round += 1)
        await c.given(c.stream(`stream_${round % 3}`), c.events(400));
      const follower = c.follow();
      const appending = c.beside(appendInTurns(c, 60));
      await follower.untilEvents(2_400);
      await appending;
      const logged = await c.logged();
      assert.deepEqual(await follower.untilEvents(logged.length), logged);
      assertInSequence(follower.messages);
    },
  },
  {
    name: 'checkpoints are part of the sequence: resuming from any of them yields the rest without loss or repetition',
    run: async (c) => {
      await appendInTurns(c, 12);
      const filter = { streamPrefixes: [c.stream('shown')] };
      const follower = c.follow({ filter });
      await follower.caughtUp();
      await appendInTurns(c, 6);
      const wanted = await Array.fromAsync(c.readAll({ filter }));
      await follower.untilEvents(wanted.length);
      await follower.caughtUp();
      assertInSequence(follower.messages);
      for (const { checkpoint } of follower.messages) {
        assert.ok(checkpoint !== null);
        const resumed = c.follow({ from: checkpoint, filter });
        await resumed.caughtUp();
        assert.deepEqual(
          resumed.events,
          wanted.filter(({ position }) => position > checkpoint.position),
        );
        await resumed.end();
      }
    },
  },
  {
    name: 'checkpoint messages move past events that the filter excludes',
    run: async (c) => {
      await c.given(c.stream('shown'), c.events(1));
      const follower = c.follow({ filter: { streamPrefixes: [c.stream('shown')] } });
      await follower.caughtUp();
      for (let round = 0; round < 3; round += 1) {
        const { position } = await c.given(c.stream('other'), c.events(1_200));
        await follower.until(
          ({ kind, checkpoint }) => kind === 'checkpoint' && (checkpoint?.position ?? 0n) >= position,
        );
      }
      assert.equal(follower.events.length, 1);
      assertInSequence(follower.messages);
    },
  },
  {
    name: 'nothing is fetched beyond a bounded buffer while the consumer is busy',
    needs: 'plainTcp',
    run: async (c) => {
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      const body = 'x'.repeat(mebibyte);
      for (let number = 0; number < 48; number += 1)
        await c.given(c.stream(), [c.event('ConformanceRun', body)]);
      const follower = c.follow({}, store);
      await follower.untilEvents(1);
      const ahead = await settled('what is read ahead', () => proxy.received);
      assert.ok(ahead < 16 * mebibyte, `${ahead} bytes were fetched for one event`);
      assert.equal((await follower.untilEvents(48)).length, 48);
    },
  },
  {
    name: 'a subscription survives short connection losses without losing or repeating events',
    needs: 'plainTcp',
    run: async (c) => {
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      for (let round = 0; round < 4; round += 1) await c.given(c.stream(), c.events(500));
      const follower = c.follow({}, store);
      for (let events = 100; events <= 1_900; events += 300) {
        await follower.untilEvents(events);
        proxy.cut();
      }
      await follower.untilEvents(2_000);
      await follower.caughtUp();
      for (let round = 1; round <= 3; round += 1) {
        // The follower waits for events when the proxy breaks, and events are appended while it is broken.
        const news = c.beside(follower.untilEvents(2_000 + round * 5));
        proxy.break();
        await c.given(c.stream(), c.events(5));
        proxy.repair();
        await news;
      }
      assert.deepEqual(follower.events, await c.logged());
      assertInSequence(follower.messages);
    },
  },
  {
    name: 'a subscription survives a restart of the store without losing or repeating events',
    needs: 'restart',
    run: async (c) => {
      await appendInTurns(c, 20);
      const follower = c.follow();
      await follower.caughtUp();
      const known = follower.events.length;
      const news = c.beside(follower.untilEvents(known + 3));
      await c.features.restart?.();
      await eventually('appends are accepted again', () =>
        c.store.append(c.stream('after'), 'any', c.events(3)).then(
          ({ ok }) => ok,
          () => false,
        ),
      );
      await news;
      assert.deepEqual(follower.events, await c.logged());
    },
  },
  {
    name: 'end yields only what is appended after the first caught_up',
    run: async (c) => {
      await appendInTurns(c, 10);
      const before = await c.logged();
      const follower = c.follow({ from: 'end' });
      const first = await follower.next();
      assert.equal(first?.kind, 'caught_up');
      assert.ok((first?.checkpoint?.position ?? 0n) >= (before.at(-1)?.position ?? 0n));
      await appendInTurns(c, 4);
      const logged = await c.logged();
      assert.deepEqual(
        await follower.untilEvents(logged.length - before.length),
        logged.slice(before.length),
      );
    },
  },
  {
    name: 'the signal ends the iterator while it waits and while it reads',
    run: async (c) => {
      await c.given(c.stream(), c.events(50));
      const waiting = c.follow();
      await waiting.caughtUp();
      const pending = c.beside(
        (async () => {
          while ((await waiting.next()) !== undefined);
        })(),
      );
      await waiting.end();
      await pending;

      const stop = new AbortController();
      let read = 0;
      const filter = { streamPrefixes: [c.prefix] };
      for await (const { kind } of c.store.subscribeToAll({ from: c.begin, filter, signal: stop.signal })) {
        if (kind === 'event') read += 1;
        if (read === 5) stop.abort();
      }
      assert.equal(read, 5);
      for await (const _ of c.store.subscribeToAll({ from: 'start', signal: stop.signal }))
        assert.fail('aborted before');
    },
  },
  {
    name: 'all subscriptions of one process see the same events',
    run: async (c) => {
      const followers = Array.from({ length: 20 }, () => c.follow());
      const all = followers.map((follower) => c.beside(follower.untilEvents(23)));
      await appendInTurns(c, 10);
      const logged = await c.logged();
      assert.equal(logged.length, 23);
      for (const events of await Promise.all(all)) assert.deepEqual(events, logged);
    },
  },
]);
