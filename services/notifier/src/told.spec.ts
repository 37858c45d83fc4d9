import 'reflect-metadata';
import { connectOpenClaw } from '@mission-control/openclaw';
import { waitFor } from '@mission-control/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { notifierTimes } from './lane/lane-parts.ts';
import { consumedBy, dataOf, type Stage, Surroundings, typesOf } from './testing/test-notifier.ts';

describe('a message that the OpenClaw gateway has acknowledged', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it('counts as sent, and as told only once it is in the history of the session', async () => {
    const release = stage.simulator.holdHistory();
    await around.notifier();
    const arrival = await around.arrive(stage);
    const before = await around.deliveryWith(arrival, 'MessageSent');
    expect(before.map(({ type }) => type)).toEqual(['DeliveryAttempted', 'MessageSent']);
    expect(dataOf(before, 'MessageSent')).toMatchObject([
      { runId: arrival.id, bootId: stage.simulator.bootId(), attempt: 1, sentAgain: false },
    ]);
    release();
    const facts = await around.handled(arrival);
    expect(facts.map(({ type }) => type)).toEqual([
      'DeliveryAttempted',
      'MessageSent',
      'MessageConfirmed',
      'AgentRunEnded',
    ]);
    await around.lanesEmpty();
  });

  it('is looked up together with others, in more rows if it is not in the newest ones', async () => {
    const release = stage.simulator.holdHistory();
    const lookUps: { keys: number; rows: number | undefined; hidden: boolean }[] = [];
    let hide = false;
    await around.notifier(
      {},
      {
        connectOpenClaw: (options) => {
          const connection = connectOpenClaw(options);
          return {
            ...connection,
            find: async (sessionKey, keys, within) => {
              if (within.mode !== 'quick') return connection.find(sessionKey, keys, within);
              const lookUp = { keys: keys.length, rows: within.rows, hidden: hide };
              lookUps.push(lookUp);
              hide = false;
              const found = await connection.find(sessionKey, keys, within);
              // As if others had written many rows to the session.
              return found.kind === 'found' && lookUp.hidden
                ? { ...found, keys: new Map(), complete: false }
                : found;
            },
          };
        },
      },
    );
    const arrivals = [];
    for (let n = 0; n < 5; n += 1) arrivals.push(await around.arrive(stage));
    await waitFor(() => lookUps.some(({ keys }) => keys === arrivals.length));
    release();
    for (const arrival of arrivals) await around.handled(arrival);
    hide = true;
    await around.handled(await around.arrive(stage));
    expect(lookUps.filter(({ hidden }) => hidden)).toHaveLength(1);
    // The first one reads the default, as do those for messages that were not found soon.
    expect(lookUps[0]?.rows).toBeUndefined();
    for (const [n, { keys, rows }] of lookUps.entries()) {
      const few = 4 + 4 * keys;
      expect([undefined, lookUps[n - 1]?.hidden ? 36 + few : few]).toContain(rows);
    }
  });

  it('is sent again under the same key if the OpenClaw gateway forgets it', async () => {
    await stage.simulator.fail({ mode: 'accept_and_forget' }, { times: 1 });
    await around.notifier({}, { times: { ...notifierTimes, forgottenAfter: 300 } });
    const arrival = await around.arrive(stage);
    const next = await around.arrive(stage);
    const facts = await around.handled(arrival);
    await around.handled(next);
    expect(typesOf(facts)).toEqual([
      'DeliveryAttempted',
      'DeliveryAttemptFailed',
      'MessageConfirmed',
      'AgentRunEnded',
    ]);
    expect(dataOf(facts, 'DeliveryAttemptFailed')).toMatchObject([{ code: 'message_forgotten' }]);
    const keys = consumedBy(stage).map(({ idempotencyKey }) => idempotencyKey);
    expect(keys.toSorted()).toEqual([arrival.id, next.id].toSorted());
  });
});

describe('the run of an agent that was told', () => {
  let around: Surroundings;
  let stage: Stage;

  beforeEach(async () => {
    around = await Surroundings.create();
    stage = await around.stage();
  });

  afterEach(() => around.end());

  it.each([
    [{ kind: 'ok' }, { outcome: 'ok' }],
    [{ kind: 'error', status: 401 }, { outcome: 'error' }],
    [{ kind: 'error' }, { outcome: 'error' }],
    [{ kind: 'no_reply' }, { outcome: 'no_reply' }],
    [{ kind: 'timed_out' }, { outcome: 'timed_out' }],
  ] as const)('is followed to its end: %j', async (plan, end) => {
    await stage.simulator.endRuns(plan);
    await around.notifier();
    const arrival = await around.arrive(stage);
    const facts = await around.handled(arrival);
    expect(dataOf(facts, 'AgentRunEnded')).toMatchObject([{ runId: arrival.id, ...end }]);
    if (plan.kind === 'error') expect(dataOf(facts, 'AgentRunEnded')[0]?.detail?.length).toBeGreaterThan(0);
    await around.lanesEmpty();
  });

  it('is followed by the next notifier', async () => {
    await stage.simulator.endRuns({ kind: 'never_ends' });
    const first = await around.notifier();
    const arrival = await around.arrive(stage);
    await around.deliveryWith(arrival, 'MessageConfirmed');
    await first.stop();
    await around.notifier();
    // A reset of the session stops its run.
    await stage.simulator.reset(stage.sessionKey);
    const facts = await around.handled(arrival);
    expect(dataOf(facts, 'AgentRunEnded')).toMatchObject([{ outcome: 'skipped' }]);
    expect(consumedBy(stage)).toHaveLength(1);
    await around.lanesEmpty();
  });

  it('is followed only for a limited time, after which its end is unknown', async () => {
    await stage.simulator.endRuns({ kind: 'never_ends' });
    await around.notifier({}, { times: { ...notifierTimes, longestRun: 0 } });
    const arrival = await around.arrive(stage);
    const facts = await around.handled(arrival);
    expect(dataOf(facts, 'AgentRunEnded')).toMatchObject([{ outcome: 'unknown', code: null }]);
    await around.lanesEmpty();
  });
});
