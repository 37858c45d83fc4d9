import { waitFor } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import type { ConnectionState } from './port.ts';
import { connect, simulate, started, within } from './simulated.spec-support.ts';

const message = { sessionKey: 'Lead', message: 'hello', idempotencyKey: 'k1' };

const watched = async () => {
  const pair = await started();
  const seen: ConnectionState[] = [];
  pair.connection.onState((state) => seen.push(state));
  await waitFor(() => pair.connection.state().kind === 'ready');
  return { ...pair, seen };
};

describe("the connection's state", () => {
  it('identifies the process of the OpenClaw gateway, and shows a restart by a new boot id', async () => {
    const { simulator, connection, seen } = await watched();
    const first = { kind: 'ready', bootId: simulator.bootId(), serverVersion: '2026.9.6-simulated' };
    expect(connection.state()).toEqual(first);
    await simulator.restart();
    await waitFor(() => seen.length >= 3);
    expect(seen).toEqual([
      first,
      expect.objectContaining({ kind: 'away', code: 'connection_lost', detail: null }),
      { ...first, bootId: simulator.bootId() },
    ]);
    expect(simulator.bootId()).not.toBe(first.bootId);
  });

  it('keeps the time since which the OpenClaw gateway is away, and is reported once per reason', async () => {
    const { simulator, connection, seen } = await watched();
    const before = Date.now();
    await simulator.fail({ mode: 'refuse_connections' });
    const dials = new Set<number>();
    await waitFor(() => {
      const state = connection.state();
      if (state.kind === 'away') dials.add(state.retryAt);
      return dials.size >= 3;
    });
    const states = seen.slice(1);
    expect(states.map((state) => state.kind === 'away' && state.code)).toEqual([
      'connection_lost',
      'gateway_unreachable',
    ]);
    const since = states.map((state) => (state.kind === 'away' ? state.since : 0));
    expect(new Set(since).size).toBe(1);
    expect(since[0]).toBeGreaterThanOrEqual(before);
    expect(states.at(-1)).toMatchObject({ detail: 'ECONNREFUSED.' });
  });

  it('is ready within 5 s after the OpenClaw gateway is back, however long it was away', async () => {
    const { simulator, connection } = await watched();
    await simulator.fail({ mode: 'refuse_connections' });
    // The pauses double from 250 ms, and have reached their maximum by now.
    const pauses = new Set<number>();
    await waitFor(
      () => {
        const state = connection.state();
        if (state.kind === 'away') pauses.add(state.retryAt);
        return pauses.size >= 6;
      },
      { timeout: 60_000 },
    );
    const state = connection.state();
    expect(state.kind === 'away' && state.retryAt - Date.now()).toBeLessThanOrEqual(5_000);
  });

  it('is rejected with a wrong token, until a requested dial finds that the token is accepted', async () => {
    const { simulator, connection } = await watched();
    const { token } = simulator;
    await simulator.changeToken('another');
    const rejected = await waitFor(() => {
      const state = connection.state();
      return state.kind === 'rejected' && state;
    });
    expect(rejected).toMatchObject({
      code: 'token_refused',
      detail: 'unauthorized: gateway token mismatch (provide gateway auth token)',
      pairingRequestId: null,
    });
    expect(rejected.retryAt - Date.now()).toBeGreaterThan(5_000);
    await simulator.changeToken(token);
    await waitFor(() => {
      connection.retryNow();
      return connection.state().kind === 'ready';
    });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted' });
  });

  it('is ready at once on request while it waits for an OpenClaw gateway that is away', async () => {
    const { simulator, connection } = await watched();
    await simulator.fail({ mode: 'starting', retryAfterMs: 30_000 }, { times: 1 });
    await waitFor(() => {
      const state = connection.state();
      return state.kind === 'away' && state.code === 'gateway_starting';
    });
    connection.retryNow();
    await waitFor(() => connection.state().kind === 'ready');
  });

  it('is closed for good', async () => {
    const { connection, seen } = await watched();
    await connection.close();
    expect(connection.state()).toEqual({ kind: 'closed' });
    expect(seen.at(-1)).toEqual({ kind: 'closed' });
    connection.retryNow();
    expect(connection.state()).toEqual({ kind: 'closed' });
  });

  it('is not reported to a listener that was removed', async () => {
    const simulator = await simulate();
    const { connection } = connect({ url: simulator.url, token: simulator.token });
    const seen: string[] = [];
    const remove = connection.onState(({ kind }) => seen.push(kind));
    remove();
    await waitFor(() => connection.state().kind === 'ready');
    expect(seen).toEqual([]);
  });
});
