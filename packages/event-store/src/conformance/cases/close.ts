import assert from 'node:assert/strict';
import { EventStoreClosed } from '../../errors.ts';
import { casesOf } from '../case.ts';
import { writeCheckpoint } from '../processes/roles.ts';
import { eventually, patience, within } from '../waiting.ts';

export const close = casesOf('Close', [
  {
    name: 'close rejects new work with EventStoreClosed and may be called again',
    run: async (c) => {
      const store = await c.open();
      const stream = c.stream();
      await store.close();
      await store.close();
      for (const work of [
        store.append(stream, 'any', c.events(1)),
        store.readEvent(stream, 0),
        store.head(),
        store.ping(),
        store.tombstone(stream),
        store.setStreamMetadata(stream, {}),
        Array.fromAsync(store.readStream(stream)),
        Array.fromAsync(store.readAll()),
        Array.fromAsync(store.subscribeToAll({ from: 'start' })),
      ]) {
        await assert.rejects(work, EventStoreClosed);
      }
      assert.deepEqual(await Array.fromAsync(c.store.readStream(stream)), []);
    },
  },
  {
    name: 'close ends subscriptions',
    run: async (c) => {
      await c.given(c.stream(), c.events(3));
      const store = await c.open();
      const waiting = c.follow({}, store);
      await waiting.caughtUp();
      const reading = c.follow({}, store);
      await reading.next();
      const ended = c.beside(waiting.next());
      await store.close();
      let message = await ended;
      while (message !== undefined) message = await waiting.next();
      message = await reading.next();
      while (message !== undefined) message = await reading.next();
    },
  },
  {
    name: 'close lets appends in progress finish',
    run: async (c) => {
      const store = await c.open();
      const stream = c.stream();
      const appends = Array.from({ length: 300 }, () => store.append(stream, 'any', c.events(1)));
      await Promise.all([store.close(), ...appends]);
      assert.equal((await Array.fromAsync(c.store.readStream(stream))).length, 300);
    },
  },
  {
    name: 'close stores at once what may wait',
    run: async (c) => {
      const store = await c.open();
      const stream = c.stream();
      const appended = store.append(stream, 'any', c.events(1), { patienceMs: patience * 10 });
      await within(patience, 'close', store.close());
      assert.ok((await appended).ok);
      assert.equal((await Array.fromAsync(c.store.readStream(stream))).length, 1);
    },
  },
  {
    name: 'close releases every connection',
    needs: 'plainTcp',
    run: async (c) => {
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      await store.append(c.stream(), 'any', c.events(2));
      const follower = c.follow({}, store);
      await follower.caughtUp();
      await Promise.all(Array.from({ length: 10 }, () => store.head()));
      assert.ok(proxy.connections > 0);
      await within(patience, 'the end of close()', store.close());
      await eventually('no connection is left', () => proxy.connections === 0);
    },
  },
  {
    name: 'close releases every connection and timer: a process that has closed its store exits',
    run: async (c) => {
      const child = c.child('passer-by', {
        prefix: c.prefix,
        from: c.begin === 'start' ? null : writeCheckpoint(c.begin),
      });
      c.streams.add(`${c.prefix}passer_by`);
      assert.deepEqual(await child.line(), { closed: true, timers: 0 });
      assert.equal(await child.exited(), 0);
    },
  },
  {
    name: 'close completes while the store is unreachable and while it does not answer',
    needs: 'plainTcp',
    run: async (c) => {
      for (const fault of ['break', 'stall'] as const) {
        const proxy = await c.proxy();
        const store = await c.open(proxy.url);
        const follower = c.follow({}, store);
        await follower.caughtUp();
        const ended = c.beside(follower.next());
        proxy[fault]();
        const work = Promise.allSettled([store.append(c.stream(), 'any', c.events(1)), store.head()]);
        await within(patience, `the end of close() after ${fault}`, store.close());
        assert.ok((await work).every(({ status }) => status === 'rejected'));
        for (let message = await ended; message !== undefined; ) message = await follower.next();
      }
    },
  },
]);
