import { type OpenClawSimulatorOptions, waitFor } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../port.ts';
import { settled, started as startedPair, within } from '../simulated.spec-support.ts';

const sessionKey = 'Agent:Main:Lead';

const started = async (options: OpenClawSimulatorOptions = {}) => {
  const pair = await startedPair(options);
  const events: RunEvent[] = [];
  pair.connection.onRun((run) => events.push(run));
  await waitFor(() => pair.connection.state().kind === 'ready');
  return {
    ...pair,
    send: (idempotencyKey: string) =>
      pair.connection.send({ sessionKey, message: `message ${idempotencyKey}`, idempotencyKey }, within),
    outcome: (runId: string) => settled(() => pair.connection.runOutcome(runId, sessionKey, within)),
    ends: (runId: string) => events.filter((run) => run.runId === runId && run.end !== null),
    moves: (runId: string) => events.filter((run) => run.runId === runId && run.end === null),
  };
};

const error = { outcome: 'error', code: null };

describe('a run', () => {
  it('is reported when its row is written and when it ends, and a query gives the same outcome', async () => {
    const { send, ends, moves, outcome } = await started();
    await send('k1');
    await waitFor(() => ends('k1').length > 0);
    const end = { outcome: 'ok', code: null, detail: null };
    expect(ends('k1')).toEqual([{ runId: 'k1', sessionKey: 'agent:main:lead', end }]);
    expect(moves('k1').length).toBeGreaterThan(0);
    expect(await outcome('k1')).toEqual({ kind: 'ended', ...end });
  });

  it.each([
    ['error with a status', { kind: 'error', status: 401 }, { outcome: 'error', detail: /HTTP 401/ }],
    ['error before the model', { kind: 'error', message: 'No key.' }, { outcome: 'error', detail: /No key/ }],
    ['silence', { kind: 'no_reply', model: 'silent' }, { outcome: 'no_reply', detail: null }],
    ['an empty answer', { kind: 'no_reply', model: 'empty' }, { outcome: 'no_reply', detail: null }],
    ['the time limit', { kind: 'timed_out' }, { outcome: 'timed_out', detail: /timed out/ }],
  ] as const)('that ends with %s is reported once, and asking tells the same', async (_, plan, end) => {
    const { simulator, send, ends, outcome } = await started();
    await simulator.endRuns(plan);
    await send('k1');
    await waitFor(() => ends('k1').length > 0);
    const expected = {
      outcome: end.outcome,
      detail: end.detail === null ? null : expect.stringMatching(end.detail),
    };
    expect(await outcome('k1')).toMatchObject({ kind: 'ended', ...expected });
    // The gateway has sent its second event before it answers this.
    await simulator.endRuns({ kind: 'ok' });
    await send('k2');
    await waitFor(() => ends('k2').length > 0);
    expect(ends('k1')).toEqual([expect.objectContaining({ end: expect.objectContaining(expected) })]);
  });

  it.each([
    [401, 'auth'],
    [500, null],
  ])('that the provider answers with %i is reported with the code %s', async (status, code) => {
    const { simulator, send, ends } = await started();
    await simulator.endRuns({ kind: 'error', status });
    await send('k1');
    await waitFor(() => ends('k1').length > 0);
    expect(ends('k1')).toMatchObject([{ end: { outcome: 'error', code } }]);
  });

  it.each([
    [{ kind: 'error', status: 401 }, error],
    [{ kind: 'error', message: 'No key.' }, error],
    [{ kind: 'no_reply', model: 'empty' }, { outcome: 'no_reply' }],
    [{ kind: 'ok' }, { outcome: 'ok' }],
  ] as const)('with the outcome %o is told by the history after a restart', async (plan, end) => {
    const { simulator, connection, send, ends, outcome } = await started();
    await simulator.endRuns(plan);
    await send('k1');
    await waitFor(() => ends('k1').length > 0);
    const bootId = simulator.bootId();
    await simulator.restart();
    await waitFor(() => {
      const state = connection.state();
      return state.kind === 'ready' && state.bootId !== bootId;
    });
    expect(await outcome('k1')).toMatchObject({ kind: 'ended', ...end });
  });

  it('that never ends is running', async () => {
    const { simulator, send, outcome, moves } = await started();
    await simulator.endRuns({ kind: 'never_ends' });
    await send('k1');
    await waitFor(() => moves('k1').length > 0);
    expect(await outcome('k1')).toEqual({ kind: 'running' });
  });

  it('of a message that was steered into another is the run that answers it', async () => {
    const held = Promise.withResolvers<void>();
    const { send, ends, outcome } = await started({ historyHeldUntil: held.promise, runMs: 50 });
    await send('k1');
    await send('k2');
    held.resolve();
    await waitFor(() => ends('k1').length > 0);
    expect(ends('k2')).toEqual([]);
    expect(await outcome('k2')).toMatchObject({ kind: 'ended', outcome: 'ok' });
  });

  it('of a message whose row a kill left without a run is unknown, even when the agent answers a later one', async () => {
    const { simulator, connection, send, ends, outcome } = await started({ historyDelayMs: 5_000 });
    await send('k1');
    await simulator.restart({ keep: 'row' });
    await waitFor(() => connection.state().kind === 'ready');
    expect(await outcome('k1')).toEqual({ kind: 'unknown' });
    await send('k2');
    await waitFor(() => ends('k2').length > 0, { timeout: 30_000 });
    expect(await outcome('k1')).toEqual({ kind: 'unknown' });
  });

  it('that the gateway does not know is unknown', async () => {
    const { outcome } = await started();
    expect(await outcome('none')).toEqual({ kind: 'unknown' });
  });

  it('is not reported to a listener that was removed', async () => {
    const { connection, send, ends } = await started();
    const heard: RunEvent[] = [];
    connection.onRun((run) => heard.push(run))();
    await send('k1');
    await waitFor(() => ends('k1').length > 0);
    expect(heard).toEqual([]);
  });
});
