import { describe, expect, it } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { sessionKey, started } from './client.spec-support.ts';

/** A session whose run does not end before `goOn`. */
const busy = async (first = 'k1') => {
  const gate = Promise.withResolvers<void>();
  const pair = await started({ historyHeldUntil: gate.promise });
  await pair.send(first);
  return { ...pair, goOn: gate.resolve };
};

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `q${index + 1}`);

describe('messages that arrive during a run, as seen on a real OpenClaw gateway', () => {
  it.each(['steer', 'followup', 'collect'])('with %s wait as pending inputs', async (queueMode) => {
    const { send, history } = await busy();
    expect(await send('q1', { queueMode })).toEqual({ runId: 'q1', status: 'started' });
    expect(await history(['q1'])).toMatchObject({
      pendingInputs: { items: [{ runId: 'q1', state: 'queued' }], total: 1 },
      inputReceipts: [{ runId: 'q1', state: 'pending' }],
    });
  });

  it('with steer, which is the default, get a row each and are answered by the run in progress', async () => {
    const { send, wait, rows, history, chats, goOn } = await busy();
    await send('q1');
    await send('q2', { queueMode: 'steer' });
    expect(await send('q1')).toEqual({ runId: 'q1', status: 'in_flight' });
    goOn();
    expect(await wait('q1')).toEqual({ runId: 'q1', status: 'ok', endedAt: expect.any(Number) });
    expect(await wait('k1')).toMatchObject({ status: 'ok', terminalReceipt: {} });
    expect(await rows()).toEqual(['k1:user', 'assistant', 'q1:user', 'q2:user', 'assistant']);
    const answers = (await history()).messages.filter(({ role }) => role === 'assistant');
    expect(answers.map((row) => row.__openclaw.runId)).toEqual(['k1', 'k1']);
    await waitFor(() => chats('q2').length > 0);
    expect(chats('q1')).toMatchObject([{ state: 'final', seq: 1 }]);
    expect(chats('q1')[0]).not.toHaveProperty('message');
  });

  it('with followup get a row and a run each, with an id that no client knows', async () => {
    const { send, wait, rows, history, chats, goOn } = await busy();
    await send('q1', { queueMode: 'followup' });
    await send('q2', { queueMode: 'followup' });
    expect(await send('q1')).toEqual({ runId: 'q1', status: 'ok' });
    expect(await wait('q1')).toEqual({
      runId: 'q1',
      status: 'pending',
      timeoutPhase: 'queue',
      providerStarted: false,
    });
    goOn();
    await waitFor(async () => (await rows()).length === 6);
    expect(await rows()).toEqual(['k1:user', 'assistant', 'q1:user', 'assistant', 'q2:user', 'assistant']);
    const { runId } = (await history()).messages[3]?.__openclaw ?? {};
    expect(['k1', 'q1', undefined]).not.toContain(runId);
    await waitFor(() => chats(runId).some(({ state }) => state === 'final'));
    expect(chats('q1').map(({ state }) => state)).toEqual(['final']);
  });

  it('with collect become one row, and their receipts name it', async () => {
    const { simulator, send, history, goOn } = await busy();
    for (const key of ['q1', 'q2']) await send(key, { queueMode: 'collect' });
    goOn();
    await waitFor(async () => (await history()).messages.length === 4);
    const { messages, inputReceipts } = await history(['q1', 'q2']);
    const row = messages[2];
    expect(row).toMatchObject({
      idempotencyKey: expect.stringMatching(/^followup-collect:/),
      content: expect.stringContaining('---\nQueued #2 (from gateway-client)\ntext of q2'),
    });
    expect(inputReceipts).toEqual(
      ['q1', 'q2'].map((runId) => ({ runId, state: 'consumed', consumedByEventId: row?.__openclaw.id })),
    );
    expect(simulator.consumed()[sessionKey]?.map((one) => one.idempotencyKey)).toEqual(['k1', 'q1', 'q2']);
  });

  it.each(['followup', 'collect'])('with %s lose the text of the oldest above twenty', async (queueMode) => {
    const { simulator, send, history, goOn } = await busy();
    const keys = numbered(26);
    for (const key of keys) await send(key, { queueMode });
    const full = await history();
    expect(full.pendingInputs.items.map(({ runId }) => runId)).toEqual(keys.slice(6));
    expect(full.pendingInputs).toMatchObject({ total: 26, nextBefore: expect.any(Number) });
    goOn();
    await waitFor(async () => (await history()).pendingInputs.total === 0);
    const { messages, inputReceipts } = await history(['q1', 'q6']);
    const overflow = messages.find((row) => row.idempotencyKey?.startsWith('followup-overflow:'));
    expect(overflow?.content).toMatch(
      /^\[Queue overflow\] Dropped 6 messages due to cap\.\nSummary:\n- text of q1\n/,
    );
    expect(inputReceipts).toEqual(
      ['q1', 'q6'].map((runId) => ({ runId, state: 'consumed', consumedByEventId: overflow?.__openclaw.id })),
    );
    const got = simulator.consumed()[sessionKey]?.map((one) => one.idempotencyKey);
    expect(got).toEqual(['k1', ...keys.slice(6)]);
  });

  it('with steer are not capped', async () => {
    const { simulator, send, history, goOn } = await busy();
    for (const key of numbered(26)) await send(key);
    goOn();
    await waitFor(async () => (await history()).pendingInputs.total === 0);
    expect(simulator.consumed()[sessionKey]).toHaveLength(27);
  });

  it('with interrupt end the run, and interrupt each other although their requests look fine', async () => {
    const { simulator, send, wait, rows, waiting, begin, chats } = await started();
    await begin();
    await simulator.endRuns({ kind: 'never_ends' });
    await send('k1');
    await waitFor(async () => (await rows()).includes('k1:user'));
    await simulator.endRuns({ kind: 'ok' });
    const release = simulator.holdHistory();
    for (const key of ['q1', 'q2']) {
      expect(await send(key, { queueMode: 'interrupt' })).toMatchObject({ interruptedActiveRun: true });
    }
    release();
    expect(await wait('k1')).toMatchObject({ status: 'error', stopReason: 'aborted' });
    expect(await wait('q2')).toMatchObject({ status: 'ok', terminalReceipt: {} });
    expect(await rows()).toEqual(['warm:user', 'assistant', 'k1:user', 'q2:user', 'assistant']);
    expect(await waiting()).toEqual({ q1: 'interrupted' });
    expect(await wait('q1')).toEqual({ runId: 'q1', status: 'ok', endedAt: expect.any(Number) });
    expect(await send('q1')).toEqual({ runId: 'q1', status: 'ok' });
    await waitFor(() => chats('q1').length > 0);
    expect(chats('q1')).toMatchObject([{ state: 'final' }]);
  });
});
