import 'reflect-metadata';
import { streams } from '@mission-control/contracts';
import { connectOpenClaw } from '@mission-control/openclaw';
import type { ScenePayload } from '@mission-control/test-scene';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notifierTimes } from './lane/lane-parts.ts';
import { consumedBy, dataOf, type Stage, Surroundings, typesOf } from './testing/test-notifier.ts';

const keysOf = (stage: Stage) => consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey);

describe('an OpenClaw gateway that is killed with acknowledged messages', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  /** Messages that the OpenClaw gateway has acknowledged, but not written to the history. */
  const unwritten = async (count: number): Promise<{ arrivals: ScenePayload[]; release: () => void }> => {
    const release = stage.simulator.holdHistory();
    const arrivals: ScenePayload[] = [];
    for (let n = 0; n < count; n += 1) arrivals.push(await around.arrive(stage, { body: `{"n":${n}}` }));
    for (const arrival of arrivals) await around.deliveryWith(arrival, 'MessageSent');
    return { arrivals, release };
  };

  it('gets what it lost again, in order, under new keys and before anything new', async () => {
    await around.notifier();
    const { arrivals, release } = await unwritten(3);
    await stage.simulator.restart({ keep: 'nothing' });
    const next = await around.arrive(stage);
    release();
    await around.handled(next);
    for (const arrival of arrivals) {
      const facts = await around.handled(arrival);
      expect(typesOf(facts)).toEqual([
        'DeliveryAttempted',
        'MessageLost',
        'DeliveryAttempted',
        'MessageConfirmed',
        'AgentRunEnded',
      ]);
      expect(dataOf(facts, 'MessageLost')).toMatchObject([
        { idempotencyKey: arrival.id, reason: 'gateway_restarted' },
      ]);
      expect(dataOf(facts, 'MessageConfirmed')).toMatchObject([
        { idempotencyKey: `${arrival.id}:r1`, sentAgain: true },
      ]);
    }
    expect(keysOf(stage)).toEqual([...arrivals.map(({ id }) => `${id}:r1`), next.id]);
    await around.lanesEmpty();
  });

  it('gets each of them only when the one before is in the session', async () => {
    const steps: string[] = [];
    await around.notifier(
      {},
      {
        connectOpenClaw: (options) => {
          const connection = connectOpenClaw(options);
          return {
            ...connection,
            send: (message, within) => {
              steps.push(`send ${message.idempotencyKey}`);
              return connection.send(message, within);
            },
            find: async (sessionKey, keys, within) => {
              const found = await connection.find(sessionKey, keys, within);
              if (found.kind !== 'found') return found;
              for (const [key, where] of found.keys) if (where === 'history') steps.push(`found ${key}`);
              return found;
            },
          };
        },
      },
    );
    const { arrivals, release } = await unwritten(4);
    await stage.simulator.restart({ keep: 'nothing' });
    const next = await around.arrive(stage);
    release();
    await around.handled(next);
    const keys = [...arrivals.map(({ id }) => `${id}:r1`), next.id];
    const again = steps.slice(steps.indexOf(`send ${keys[0]}`));
    expect(again.filter((step, n) => again.indexOf(step) === n)).toEqual(
      keys.flatMap((key) => [`send ${key}`, `found ${key}`]),
    );
  });

  it('gets only what it lost: one message survived, one was interrupted, one left no trace', async () => {
    await around.notifier({}, { times: { ...notifierTimes, unknownRun: 100, askAboutRun: 100 } });
    const { arrivals, release } = await unwritten(3);
    const [one = '', two = '', three = ''] = arrivals.map(({ id }) => id);
    await stage.simulator.restart({ keep: { [one]: 'nothing', [two]: 'row', [three]: 'interrupted' } });
    release();
    const facts = await Promise.all(arrivals.map((arrival) => around.handled(arrival)));
    // The surviving message never gets a run.
    expect(facts.flatMap((of) => dataOf(of, 'AgentRunEnded')).map(({ outcome }) => outcome)).toEqual([
      'ok',
      'unknown',
      'ok',
    ]);
    expect(facts.map((of) => dataOf(of, 'MessageLost').map(({ reason }) => reason))).toEqual([
      ['gateway_restarted'],
      [],
      ['interrupted'],
    ]);
    expect(keysOf(stage).toSorted()).toEqual([`${one}:r1`, two, `${three}:r1`].toSorted());
    expect(keysOf(stage).indexOf(`${one}:r1`)).toBeLessThan(keysOf(stage).indexOf(`${three}:r1`));
  });

  it('gets what it lost again after the notifier was killed as well', async () => {
    const killed = await around.notifier();
    const { arrivals, release } = await unwritten(3);
    await killed.abandon();
    await stage.simulator.restart({ keep: 'nothing' });
    release();
    await around.notifier();
    for (const arrival of arrivals) await around.handled(arrival);
    expect(keysOf(stage)).toEqual(arrivals.map(({ id }) => `${id}:r1`));
  });

  it('may lose a message twice', async () => {
    await around.notifier();
    const {
      arrivals: [arrival],
      release,
    } = await unwritten(1);
    if (!arrival) throw new Error('no arrival');
    for (const losses of [1, 2]) {
      await stage.simulator.restart({ keep: losses === 1 ? 'nothing' : 'interrupted' });
      if (losses === 2) release();
      await around.deliveryWith(arrival, 'MessageLost');
      await stage.simulator.waitForMessage(
        ({ idempotencyKey }) => idempotencyKey === `${arrival.id}:r${losses}`,
      );
    }
    const facts = await around.handled(arrival);
    expect(dataOf(facts, 'MessageLost')).toHaveLength(2);
    expect(keysOf(stage)).toEqual([`${arrival.id}:r2`]);
  });
});

describe('a session that is reset', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it.each([false, true])(
    'does not get the message again if its outcome is hidden by the reset (notifier killed: %s)',
    async (killed) => {
      const first = await around.notifier();
      await around.handled(await around.arrive(stage));
      const release = stage.simulator.holdHistory();
      const hidden = await around.arrive(stage);
      await around.deliveryWith(hidden, 'MessageSent');
      if (killed) await first.abandon();
      await stage.simulator.reset(stage.sessionKey);
      if (killed) await around.notifier();
      const facts = await around.deliveryWith(hidden, 'DeliveryOutcomeUnknown');
      expect(dataOf(facts, 'DeliveryOutcomeUnknown')).toMatchObject([{ reason: 'session_reset' }]);
      release();
      const next = await around.arrive(stage);
      await around.handled(next);
      await around.lanesEmpty();
      expect(await around.scene.facts(streams.delivery(hidden.payloadId))).toHaveLength(facts.length);
      expect(keysOf(stage)).not.toContain(hidden.id);
      expect(keysOf(stage).at(-1)).toBe(next.id);
    },
  );
});
