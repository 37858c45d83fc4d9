import { type OpenClawSimulatorOptions, waitFor } from '@mission-control/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openLink } from '../connect.ts';
import type { Whereabouts } from '../port.ts';
import { settled, started as startedPair, within } from '../simulated.spec-support.ts';

const sessionKey = 'Agent:Main:Lead';

const started = async (options: OpenClawSimulatorOptions = {}) => {
  const pair = await startedPair(options);
  const find = async (keys: readonly string[], mode: 'quick' | 'complete' = 'complete') => {
    const found = await settled(() => pair.connection.find(sessionKey, keys, { mode, ...within }));
    if (found.kind !== 'found') throw new Error(`The look-up was ${found.kind}.`);
    return found;
  };
  return {
    ...pair,
    find,
    send: (idempotencyKey: string, message = `message ${idempotencyKey}`) =>
      pair.connection.send({ sessionKey, message, idempotencyKey }, within),
    reaches: (key: string, whereabouts: Whereabouts) =>
      waitFor(async () => (await find([key])).keys.get(key) === whereabouts),
  };
};

/** Another client of the OpenClaw gateway, which lets messages wait in the session's queue. */
const otherClient = ({ url, token }: { url: string; token: string }) => {
  const events = { connected: () => {}, disconnected: () => {}, event: () => {} };
  const link = openLink({ url, token, allowInsecureTls: false }, events, within.timeoutMs);
  onTestFinished(() => link.close());
  return (queueMode: string, idempotencyKey: string) =>
    link.request(
      'chat.send',
      { sessionKey, message: `message ${idempotencyKey}`, idempotencyKey, queueMode },
      within.timeoutMs,
    );
};

describe('a look-up of messages', () => {
  it('finds nothing in a session that does not exist', async () => {
    const { simulator, find } = await started();
    expect(await find(['k1', 'k2'], 'quick')).toMatchObject({
      keys: new Map(),
      complete: true,
      sessionId: null,
      reset: null,
      bootId: simulator.bootId(),
    });
  });

  it('finds each of several messages, from running or queued to the history', async () => {
    const held = Promise.withResolvers<void>();
    const { find, send, reaches } = await started({ historyHeldUntil: held.promise });
    for (const key of ['k1', 'k2', 'k3']) await send(key);
    const found = await find(['k1', 'k2', 'k3', 'k4'], 'quick');
    expect(found.keys).toEqual(
      new Map([
        ['k1', 'running'],
        ['k2', 'queued'],
        ['k3', 'queued'],
      ]),
    );
    expect(found).toMatchObject({ sessionKey: 'agent:main:lead', sessionId: expect.any(String) });
    held.resolve();
    for (const key of ['k1', 'k2', 'k3']) await reaches(key, 'history');
  });

  it('finds messages that were merged into one row', async () => {
    const held = Promise.withResolvers<void>();
    const { simulator, find, reaches } = await started({ historyHeldUntil: held.promise });
    const send = otherClient(simulator);
    await send('steer', 'k1');
    for (const key of ['k2', 'k3']) await send('collect', key);
    held.resolve();
    await reaches('k3', 'consumed');
    expect((await find(['k1', 'k2'], 'quick')).keys).toEqual(
      new Map([
        ['k1', 'history'],
        ['k2', 'consumed'],
      ]),
    );
  });

  it('recognises messages for which the queue had no room, although they count as consumed', async () => {
    const held = Promise.withResolvers<void>();
    const { simulator, find, reaches } = await started({ historyHeldUntil: held.promise });
    const send = otherClient(simulator);
    await send('steer', 'first');
    const keys = Array.from({ length: 22 }, (_, index) => `k${index}`);
    for (const key of keys) await send('followup', key);
    held.resolve();
    await reaches('k21', 'history');
    const { keys: found } = await find(keys);
    expect(keys.filter((key) => found.get(key) === 'dropped')).toEqual(['k0', 'k1']);
    expect(keys.filter((key) => found.get(key) === 'history')).toHaveLength(20);
  });

  it('distinguishes messages that a restart interrupted from those that it lost without a trace', async () => {
    const { simulator, find, send } = await started({ historyDelayMs: 60_000 });
    for (const key of ['k1', 'k2', 'k3']) await send(key);
    const before = await find(['k1']);
    await simulator.restart({ keep: { k1: 'nothing', k2: 'interrupted', k3: 'row' } });
    await waitFor(async () => (await find(['k1'])).bootId !== before.bootId);
    const found = await find(['k1', 'k2', 'k3']);
    expect(found.keys).toEqual(
      new Map([
        ['k2', 'interrupted'],
        ['k3', 'history'],
      ]),
    );
    expect(found).toMatchObject({ complete: true, bootId: simulator.bootId() });
  });

  it('reads pages of pending inputs until it knows the state of each', async () => {
    const { simulator, find, send } = await started({ historyDelayMs: 60_000 });
    const keys = Array.from({ length: 46 }, (_, index) => `k${index}`);
    for (const key of keys) await send(key);
    await simulator.restart({ keep: 'interrupted' });
    const found = await find(keys, 'quick');
    expect([...found.keys.values()].filter((state) => state === 'interrupted')).toHaveLength(46);
  });

  it('recognises a reset by its row', async () => {
    const { simulator, find, send, reaches } = await started();
    await send('k1');
    await reaches('k1', 'history');
    const before = await find(['k1']);
    const at = Date.now();
    await simulator.reset(sessionKey);
    const after = await find(['k1']);
    expect(after).toMatchObject({ keys: new Map(), complete: true, sessionId: before.sessionId });
    expect(after.reset).toEqual({ id: expect.any(String), at: expect.any(Number) });
    expect(after.reset?.at).toBeGreaterThanOrEqual(at);
    expect(before.reset).toBeNull();
  });

  it('needs the complete mode for what is not in the newest rows', async () => {
    const { connection, find, send, reaches } = await started({ historyDelayMs: 0 });
    await send('first');
    await reaches('first', 'history');
    for (let sent = 0; sent < 1_100; sent += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => send(`k${sent + index}`)));
    }
    await reaches('k1099', 'history');
    expect(await find(['first'], 'quick')).toMatchObject({ keys: new Map(), complete: false });
    const newest = { mode: 'quick', rows: 2, ...within } as const;
    expect(await connection.find(sessionKey, ['k1098', 'k1099', 'k1000'], newest)).toMatchObject({
      keys: new Map([['k1099', 'history']]),
      complete: false,
    });
    expect((await find(['k1000'], 'quick')).keys).toEqual(new Map([['k1000', 'history']]));
    expect((await find(['first', 'none'])).keys).toEqual(new Map([['first', 'history']]));
    expect((await find(['none'])).complete).toBe(true);
  });

  it('is unavailable while the history is being rebuilt', async () => {
    const { simulator, connection, send } = await started();
    await send('k1');
    await simulator.fail({ mode: 'history_rebuilding' }, { times: 1 });
    expect(await connection.find(sessionKey, ['k1'], { mode: 'quick', ...within })).toMatchObject({
      kind: 'unavailable',
      code: 'history_unavailable',
      detail: 'session history is rebuilding; retry shortly',
      retryAfterMs: 250,
    });
  });

  it.each(['main', 'agent:main:', 'agent::x'])('is rejected for the session key %j', async (key) => {
    const { connection } = await started({ agents: ['alpha', 'beta'] });
    const rejected = { kind: 'rejected', code: 'session_invalid' };
    expect(await connection.find(key, ['k1'], { mode: 'quick', ...within })).toMatchObject(rejected);
    const message = { sessionKey: key, message: 'hello', idempotencyKey: 'k1' };
    expect(await connection.send(message, within)).toMatchObject(rejected);
  });

  it('accepts at most 50 keys', async () => {
    const { connection } = await started();
    const keys = Array.from({ length: 51 }, (_, index) => `k${index}`);
    await expect(connection.find(sessionKey, keys, { mode: 'complete', ...within })).rejects.toThrow(
      /50 keys/,
    );
  });
});
