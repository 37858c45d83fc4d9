import assert from 'node:assert/strict';
import { EventStoreBusy, EventStoreUnavailable, EventTooLarge } from '../../errors.ts';
import { openEventStore } from '../../open.ts';
import { casesOf } from '../case.ts';
import { patience, within } from '../waiting.ts';

/** Milliseconds. Every store gives an append at least this long. */
const deadlineAtLeast = 5_000;

export const append = casesOf('Append', [
  {
    name: 'an append that may wait is stored no later than the next one that may not, and before it in the same stream',
    run: async (c) => {
      const stream = c.stream();
      const [patient, other, urgent] = [c.event(), c.event(), c.event()];
      const mayWait = { patienceMs: patience * 10 };
      const appends = [
        c.store.append(stream, 'no_stream', [patient], mayWait),
        c.store.append(c.stream('other'), 'no_stream', [other], mayWait),
        c.store.append(stream, 0, [urgent]),
      ];
      const results = await within(patience, 'the appends', Promise.all(appends));
      assert.ok(results.every(({ ok }) => ok));
      const stored = await Array.fromAsync(c.store.readStream(stream));
      assert.deepEqual(
        stored.map(({ id }) => id),
        [patient.id, urgent.id],
      );
    },
  },
  {
    name: 'an append that may wait is stored without another one when its time has passed',
    run: async (c) => {
      const appended = c.store.append(c.stream(), 'no_stream', c.events(1), { patienceMs: 50 });
      assert.ok((await within(patience, 'the append', appended)).ok);
    },
  },
  {
    name: 'the events of one append are adjacent and in order, however many appends run at once',
    run: async (c) => {
      const batches = Array.from({ length: 40 }, (_, batch) =>
        Array.from({ length: 1 + (batch % 5) }, (_, part) => c.event('ConformanceRun', { batch, part })),
      );
      const others = await Promise.all([c.open(), c.open()]);
      const stores = [c.store, ...others];
      await Promise.all(
        batches.map((events, batch) =>
          stores[batch % 3]?.append(c.stream(`stream_${batch % 2}`), 'any', events),
        ),
      );
      const logged = (await c.logged()).map(({ id }) => id);
      assert.equal(logged.length, batches.flat().length);
      for (const events of batches) {
        const ids = events.map(({ id }) => id);
        const first = logged.indexOf(ids[0] ?? '');
        assert.deepEqual(logged.slice(first, first + ids.length), ids);
      }
    },
  },
  {
    name: 'a rejected append stores none of its events',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(1));
      const refused = await c.store.append(stream, 'no_stream', c.events(3));
      assert.deepEqual(refused, { ok: false, reason: 'wrong_expected_revision', actual: 0 });
      assert.equal((await c.logged()).length, 1);
    },
  },
  {
    name: 'an append without events is a TypeError',
    run: async (c) => {
      await assert.rejects(c.store.append(c.stream(), 'any', []), TypeError);
    },
  },
  {
    name: 'the result contains the revision and position of the last event',
    run: async (c) => {
      const stream = c.stream();
      const answers = [await c.given(stream, c.events(1)), await c.given(stream, c.events(3), 0)];
      const read = await Array.fromAsync(c.store.readStream(stream));
      for (const { revision, position } of answers) assert.equal(read[revision]?.position, position);
      assert.deepEqual(
        answers.map(({ revision }) => revision),
        [0, 3],
      );
    },
  },
  {
    name: 'any, no_stream and an exact revision are checked, and a lost race is a value',
    run: async (c) => {
      const stream = c.stream();
      await c.given(stream, c.events(2), 'no_stream');
      await c.given(stream, c.events(1), 'any');
      await c.given(stream, c.events(1), 2);
      for (const expected of ['no_stream', 0, 2, 4, 1_000_000_000] as const) {
        assert.deepEqual(await c.store.append(stream, expected, c.events(1)), {
          ok: false,
          reason: 'wrong_expected_revision',
          actual: 3,
        });
      }
    },
  },
  {
    name: 'of many appends that race for one revision, exactly one wins',
    run: async (c) => {
      const stream = c.stream();
      const stores = [c.store, await c.open(), await c.open()];
      for (let round = 0; round < 5; round += 1) {
        const expected = round === 0 ? 'no_stream' : round - 1;
        const results = await Promise.all(
          Array.from({ length: 30 }, (_, racer) => stores[racer % 3]?.append(stream, expected, c.events(1))),
        );
        assert.equal(results.filter((result) => result?.ok).length, 1);
      }
      assert.equal((await Array.fromAsync(c.store.readStream(stream))).length, 5);
    },
  },
  {
    name: 'a conflict has no effect on any concurrent append',
    run: async (c) => {
      const contested = c.stream('contested');
      await c.given(contested, c.events(1));
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, number) =>
          number % 3 === 0
            ? c.store.append(contested, 'no_stream', c.events(2))
            : c.store.append(c.stream(`other_${number % 4}`), 'any', c.events(2)),
        ),
      );
      assert.deepEqual(
        results.map(({ ok }) => ok),
        results.map((_, number) => number % 3 !== 0),
      );
      assert.equal((await c.logged()).length, 1 + 40 * 2);
    },
  },
  {
    name: 'concurrent appends to one stream see each other in the order of the calls',
    run: async (c) => {
      const stream = c.stream();
      const results = await Promise.all(
        (['no_stream', 0, 'any', 2, 2, 3] as const).map((expected) =>
          c.store.append(stream, expected, c.events(1)),
        ),
      );
      assert.deepEqual(
        results.map((result) => (result.ok ? result.revision : result.actual)),
        [0, 1, 2, 3, 3, 4],
      );
      assert.equal(results[4]?.ok, false);
    },
  },
  {
    name: 'failure to reach the store throws EventStoreUnavailable',
    needs: 'plainTcp',
    run: async (c) => {
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      proxy.break();
      await assert.rejects(store.append(c.stream(), 'any', c.events(1)), EventStoreUnavailable);
      await assert.rejects(store.ping(), EventStoreUnavailable);
      await assert.rejects(openEventStore(proxy.url), EventStoreUnavailable);
      proxy.repair();
      await store.ping();
      const { ok } = await store.append(c.stream(), 'any', c.events(1));
      assert.ok(ok);
    },
  },
  {
    name: 'a deadline throws EventStoreUnavailable, with outcomeUnknown for an append that had been sent',
    needs: 'plainTcp',
    run: async (c) => {
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      await store.append(c.stream(), 'any', c.events(1));
      proxy.stall();
      await assert.rejects(
        within(patience, 'an error', store.append(c.stream(), 'any', c.events(1))),
        (error) => {
          assert.ok(error instanceof EventStoreUnavailable && error.outcomeUnknown);
          return true;
        },
      );
    },
  },
  {
    name: 'an append whose connection breaks is stored completely or not at all, and outcomeUnknown marks an unknown outcome',
    needs: 'plainTcp',
    run: async (c) => {
      const proxy = await c.proxy();
      const store = await c.open(proxy.url);
      const stored: string[] = [];
      const perhaps: string[] = [];
      const not: string[] = [];
      const appendUntil = async (stop: AbortSignal, name: string): Promise<void> => {
        while (!stop.aborted) {
          const events = c.events(2);
          const ids = events.map(({ id }) => id).join();
          try {
            const { ok } = await store.append(c.stream(name), 'any', events);
            (ok ? stored : not).push(ids);
          } catch (error) {
            assert.ok(error instanceof EventStoreUnavailable, String(error));
            (error.outcomeUnknown ? perhaps : not).push(ids);
          }
        }
      };
      const stop = new AbortController();
      const writers = Array.from({ length: 8 }, (_, number) =>
        c.beside(appendUntil(stop.signal, `stream_${number}`)),
      );
      for (let cuts = 1; cuts <= 10; cuts += 1) {
        const reached = stored.length + 20;
        while (stored.length < reached) await store.ping().catch(() => {});
        proxy.cut();
      }
      stop.abort();
      await Promise.all(writers);
      const logged = (await c.logged()).map(({ id }) => id);
      const pairs = new Set(logged.flatMap((id, index) => [`${id},${logged[index + 1]}`]));
      for (const ids of stored) assert.ok(pairs.has(ids), 'an acknowledged append is stored');
      for (const ids of not) assert.ok(!pairs.has(ids), 'a rejected append is not stored');
      const found = perhaps.filter((ids) => pairs.has(ids)).length;
      assert.equal(logged.length, 2 * (stored.length + found), 'nothing is stored in part');
    },
  },
  {
    name: 'the promise resolves once the events are durable: they survive a kill of the server',
    needs: 'restart',
    run: async (c) => {
      const ids: string[] = [];
      const stop = new AbortController();
      const write = async (stream: string): Promise<void> => {
        while (!stop.signal.aborted) {
          const event = c.event();
          const result = await c.store.append(stream, 'any', [event]).catch(() => undefined);
          if (result?.ok) ids.push(event.id);
        }
      };
      const writers = Array.from({ length: 6 }, (_, number) => c.beside(write(c.stream(`stream_${number}`))));
      while (ids.length < 200) await c.store.ping().catch(() => {});
      await c.features.restart?.();
      const reached = ids.length + 50;
      while (ids.length < reached) await c.store.ping().catch(() => {});
      stop.abort();
      await Promise.all(writers);
      const logged = new Set((await c.logged()).map(({ id }) => id));
      assert.deepEqual(
        ids.filter((id) => !logged.has(id)),
        [],
      );
    },
  },
  {
    name: 'an append that is larger than the store accepts throws EventTooLarge and affects no other append',
    run: async (c) => {
      const stream = c.stream();
      const huge = c.event('ConformanceRun', 'x'.repeat(c.features.largestAppend));
      const [refused, taken] = await Promise.allSettled([
        c.store.append(stream, 'any', [c.event(), huge]),
        c.store.append(stream, 'any', c.events(1)),
      ]);
      assert.ok(refused.status === 'rejected' && refused.reason instanceof EventTooLarge);
      assert.ok(taken.status === 'fulfilled' && taken.value.ok);
      assert.equal((await c.logged()).length, 1);
    },
  },
  {
    name: 'too many waiting appends throw EventStoreBusy, and rejected appends were not sent',
    run: async (c) => {
      const stream = c.stream();
      const store = await c.open();
      const began = performance.now();
      const results = await Promise.allSettled(
        Array.from({ length: 20_000 }, () => store.append(stream, 'any', c.events(1))),
      );
      const stored = results.filter(({ status }) => status === 'fulfilled').length;
      const errors = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      // On a slow machine, appends may also miss their deadline. That is the subject of another case.
      const late = performance.now() - began > deadlineAtLeast;
      const overdue = late ? errors.filter((error) => error instanceof EventStoreUnavailable) : [];
      const doubtful = overdue.filter(({ outcomeUnknown }) => outcomeUnknown).length;
      const busy = errors.filter((error) => error instanceof EventStoreBusy).length;
      assert.equal(busy + overdue.length, errors.length);
      assert.ok(results.every((result) => result.status === 'rejected' || result.value.ok));
      assert.ok(busy > 0 && busy < results.length);
      const [last] = await Array.fromAsync(store.readStream(stream, { direction: 'backwards', limit: 1 }));
      const found = (last?.revision ?? -1) + 1;
      assert.ok(stored <= found && found <= stored + doubtful, `${found} events of ${stored} appends`);
    },
  },
]);
