import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { CheckpointNotInLog } from '../../errors.ts';
import type { Checkpoint } from '../../port.ts';
import { casesOf } from '../case.ts';
import type { Conformance } from '../conformance.ts';
import { type WrittenCheckpoint, writeCheckpoint } from '../processes/roles.ts';

interface Told {
  readonly kind: string;
  readonly id?: string;
  readonly checkpoint: WrittenCheckpoint;
}

const refused = async (c: Conformance, from: Checkpoint): Promise<void> => {
  await assert.rejects(c.follow({ from }).next(), CheckpointNotInLog);
  await assert.rejects(
    c.follow({ from, filter: { types: ['ConformanceNothing'] } }).next(),
    CheckpointNotInLog,
  );
};

const checkpointAt = async (c: Conformance, number: number): Promise<Checkpoint> => {
  const event = (await c.logged())[number];
  const head = await c.store.head();
  assert.ok(event && head);
  return { incarnation: head.incarnation, position: event.position, eventId: event.id };
};

export const resuming = casesOf('Resuming', [
  {
    name: 'a consumer that is killed at any checkpoint and resumes from it misses nothing',
    run: async (c) => {
      for (let round = 0; round < 8; round += 1) await c.given(c.stream(`stream_${round % 2}`), c.events(5));
      const wanted = (await c.logged()).map(({ id }) => id);
      const done: string[] = [];
      let from: WrittenCheckpoint | null = c.begin === 'start' ? null : writeCheckpoint(c.begin);
      for (let kills = 0; done.length < wanted.length; kills += 1) {
        const consumer = c.child('consumer', { prefix: c.prefix, from });
        for (let line = 0; line <= kills && done.length < wanted.length; line += 1) {
          const told: Told | undefined = await consumer.line<Told>();
          assert.ok(told);
          if (told.id !== undefined) done.push(told.id);
          from = told.checkpoint;
        }
        await consumer.kill();
      }
      assert.deepEqual(done, wanted);
    },
  },
  {
    name: 'a checkpoint survives serialization',
    run: async (c) => {
      await c.given(c.stream(), c.events(3));
      const { position, ...rest } = writeCheckpoint(await checkpointAt(c, 0));
      const follower = c.follow({ from: { ...rest, position: BigInt(position) } });
      await follower.caughtUp();
      assert.deepEqual(
        follower.events.map(({ revision }) => revision),
        [1, 2],
      );
    },
  },
  {
    name: 'another incarnation throws CheckpointNotInLog',
    run: async (c) => {
      await c.given(c.stream(), c.events(2));
      await refused(c, { ...(await checkpointAt(c, 0)), incarnation: randomUUID() });
    },
  },
  {
    name: 'a position beyond the head throws CheckpointNotInLog',
    run: async (c) => {
      await c.given(c.stream(), c.events(2));
      const head = await c.store.head();
      assert.ok(head !== null);
      await refused(c, { ...head, position: head.position + 1_000_000_000n });
    },
  },
  {
    name: 'another event at the position throws CheckpointNotInLog',
    run: async (c) => {
      await c.given(c.stream(), c.events(3));
      await refused(c, { ...(await checkpointAt(c, 1)), eventId: randomUUID() });
      await refused(c, { ...(await checkpointAt(c, 1)), eventId: (await checkpointAt(c, 0)).eventId });
      const head = await c.store.head();
      assert.ok(head !== null);
      await refused(c, { ...head, eventId: randomUUID() });
    },
  },
  {
    name: 'an event that has been hidden since then still counts as present',
    run: async (c) => {
      const [cut, gone, kept] = [c.stream('cut'), c.stream('gone'), c.stream('kept')];
      await c.given(cut, c.events(2));
      await c.given(gone, c.events(2));
      await c.given(kept, c.events(1));
      const checkpoints = [
        await checkpointAt(c, 0),
        await checkpointAt(c, 1),
        await checkpointAt(c, 2),
        await checkpointAt(c, 3),
      ];
      await c.store.setStreamMetadata(cut, { truncateBefore: 2 });
      await c.store.tombstone(gone);
      for (const from of checkpoints) {
        const follower = c.follow({ from });
        await follower.caughtUp();
        assert.deepEqual(
          follower.events.map(({ stream }) => stream),
          [kept],
        );
      }
    },
  },
  {
    name: 'a checkpoint in the part that was cut off a log throws CheckpointNotInLog, also after new appends and for an active reader',
    needs: 'cutLog',
    run: async (c) => {
      const url = await c.features.anotherLog?.();
      assert.ok(url !== undefined);
      const store = await c.open(url);
      await store.append('conformance-1', 'any', c.events(10));
      const atWork = c.follow({ from: 'start', filter: {} }, store);
      await atWork.untilEvents(10);
      const last = await store.head();
      assert.ok(last !== null);
      await c.features.cutLog?.(url, 3);
      await assert.rejects(c.follow({ from: last, filter: {} }, store).next(), CheckpointNotInLog);
      await store.append('conformance-2', 'any', c.events(20));
      await assert.rejects(c.follow({ from: last, filter: {} }, store).next(), CheckpointNotInLog);
      await assert.rejects(atWork.untilEvents(11), CheckpointNotInLog);
    },
  },
  {
    name: 'an empty log yields caught_up without a checkpoint and has no head',
    needs: 'anotherLog',
    run: async (c) => {
      const store = await c.open(await c.features.anotherLog?.());
      assert.equal(await store.head(), null);
      for (const from of ['start', 'end'] as const) {
        const follower = c.follow({ from, filter: {} }, store);
        assert.deepEqual(await follower.next(), { kind: 'caught_up', checkpoint: null });
      }
      const follower = c.follow({ from: 'end', filter: {} }, store);
      await follower.caughtUp();
      await store.append('conformance-1', 'any', c.events(2));
      assert.equal((await follower.untilEvents(2)).length, 2);
      const head = await store.head();
      assert.equal(head?.eventId, follower.events[1]?.id);
    },
  },
  {
    name: 'two logs have different incarnations, and a log keeps its incarnation when clients reopen it',
    needs: 'anotherLog',
    run: async (c) => {
      const url = await c.features.anotherLog?.();
      const one = await c.open(url);
      await one.append('conformance-1', 'any', c.events(1));
      await c.given(c.stream(), c.events(1));
      const again = await c.open(url);
      assert.deepEqual(await again.head(), await one.head());
      assert.notEqual((await one.head())?.incarnation, (await c.store.head())?.incarnation);
    },
  },
]);
