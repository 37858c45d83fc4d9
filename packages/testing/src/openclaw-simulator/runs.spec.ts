import { describe, expect, it } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { connect, sessionKey, started } from './client.spec-support.ts';
import type { RunOutcome } from './run-outcome.ts';

const answered = (state: string) => ({ runId: 'k1', state });
const failure401 =
  '⚠️ test/first request failed (authentication failed, HTTP 401). Re-authenticate the provider and try again.';

describe('a run, as seen on a real OpenClaw gateway', () => {
  it('reaches every connection that may read as chat events: status, delta, final', async () => {
    const { simulator, chats, send, wait } = await started();
    const reader = await connect(simulator, { scopes: ['operator.read'] });
    const blind = await connect(simulator, { scopes: ['operator.write'] });
    await send('k1');
    expect(await wait('k1')).toMatchObject({
      runId: 'k1',
      status: 'ok',
      terminalReceipt: { runId: 'k1' },
      terminalReply: { disposition: 'visible', text: 'Noted.' },
    });
    const states = ['status', 'delta', 'final'];
    for (const seen of [chats, reader.chats]) {
      await waitFor(() => seen('k1').length === 3);
      expect(seen('k1')).toMatchObject(states.map((state) => ({ ...answered(state), sessionKey })));
    }
    expect(chats('k1')[2]).toMatchObject({ stopReason: 'stop', agentId: 'main' });
    expect(blind.chats()).toEqual([]);
  });

  it.each<[RunOutcome, object, object[], string[], string]>([
    [
      { kind: 'error', status: 401 },
      { status: 'error', error: expect.stringContaining(`⚠️ Agent failed before reply: ${failure401}`) },
      [
        { state: 'error', errorMessage: failure401, errorDetail: { failoverReason: 'auth' } },
        { state: 'error', seq: 1, errorMessage: expect.stringContaining('⚠️ Agent failed before reply:') },
      ],
      ['k1:user', 'k1:terminal-error'],
      'failed',
    ],
    [
      { kind: 'error', message: 'Inline API key for provider "test" is temporarily disabled.' },
      { status: 'error', error: expect.stringContaining('temporarily disabled') },
      [
        { state: 'error', errorMessage: expect.stringMatching(/^Inline/) },
        { state: 'error', errorMessage: expect.stringMatching(/^⚠️ Agent failed before reply: Inline/) },
      ],
      ['k1:user', 'custom'],
      'failed',
    ],
    [
      { kind: 'no_reply' },
      { status: 'error', stopReason: 'stop', terminalReply: { disposition: 'silent' } },
      [
        { state: 'aborted', stopReason: 'stop' },
        { state: 'error', errorMessage: "⚠️ Agent couldn't generate a response. Please try again." },
      ],
      ['k1:user'],
      'killed',
    ],
    [
      { kind: 'no_reply', model: 'empty' },
      { status: 'error', terminalReply: { disposition: 'empty' } },
      [{ state: 'aborted' }, { state: 'error' }],
      ['k1:user', 'assistant', 'assistant'],
      'killed',
    ],
    [
      { kind: 'no_reply', model: 'heartbeat' },
      { status: 'error', terminalReply: { disposition: 'visible', text: 'HEARTBEAT_OK' } },
      [{ state: 'final' }, { state: 'error', errorMessage: expect.stringContaining('visible reply') }],
      ['k1:user'],
      'done',
    ],
    [
      { kind: 'timed_out' },
      { status: 'timeout', timeoutPhase: 'provider', endedAt: expect.any(Number) },
      [{ state: 'error', errorKind: 'timeout' }, { state: 'error' }],
      ['k1:user', 'assistant'],
      'timeout',
    ],
  ])('ends as %j', async (outcome, waited, ended, rows, status) => {
    const { simulator, chats, send, wait, history, rows: rowsNow } = await started();
    await simulator.endRuns(outcome, { sessionKey: 'Lead', times: 1 });
    await send('k1');
    expect(await wait('k1')).toMatchObject(waited);
    await waitFor(() => chats('k1').length === 3);
    expect(chats('k1').slice(1)).toMatchObject(ended);
    expect(await rowsNow()).toEqual(rows);
    expect(await history()).toMatchObject({ sessionInfo: { status, lastRunId: 'k1' } });
    await expect(send('k1')).rejects.toMatchObject({ gatewayCode: 'UNAVAILABLE', retryable: false });
    await send('k2');
    expect(await wait('k2')).toMatchObject({ status: 'ok' });
  });

  it('that never ends looks like an unknown one to agent.wait', async () => {
    const { simulator, send, wait, rows } = await started();
    await simulator.endRuns({ kind: 'never_ends' });
    await send('k1');
    await waitFor(async () => (await rows()).includes('k1:user'));
    expect(await wait('k1', 0)).toEqual({ runId: 'k1', status: 'timeout' });
    expect(await wait('unknown', 0)).toEqual({ runId: 'unknown', status: 'timeout' });
  });

  it('ends by the time limit of its message', async () => {
    const { simulator, send, wait } = await started();
    await simulator.endRuns({ kind: 'never_ends' });
    await send('k1', { timeoutMs: 1 });
    expect(await wait('k1')).toMatchObject({ status: 'timeout', timeoutPhase: 'provider' });
  });

  it('that is aborted before its row leaves no row, and its message is not accepted again', async () => {
    const { client, chats, send, wait, rows } = await started({ historyDelayMs: 60_000 });
    await send('k1');
    expect(await client.request('chat.abort', { sessionKey })).toMatchObject({ runIds: ['k1'] });
    expect(await wait('k1')).toMatchObject({ status: 'error', stopReason: 'rpc' });
    await waitFor(() => chats('k1').length === 1);
    expect(chats('k1')).toMatchObject([{ state: 'aborted', stopReason: 'rpc' }]);
    expect(await rows()).toEqual([]);
    expect(await send('k1')).toMatchObject({ status: 'timeout', summary: 'aborted', stopReason: 'rpc' });
  });
});

describe('the memory of the process, as read in its code', () => {
  it('forgets ended runs when a thousand newer ones have ended', async () => {
    const { send, wait, rows } = await started();
    await send('k1');
    await wait('k1');
    expect(await send('k1')).toMatchObject({ status: 'ok' });
    for (let n = 0; n < 1_000; n += 1) await send(`later-${n}`, { sessionKey: `agent:main:${n}` });
    await wait('later-999');
    await waitFor(async () => ((await wait('k1', 0)) as { status: string }).status === 'timeout');
    expect(await send('k1')).toMatchObject({ status: 'started' });
    await wait('k1');
    expect(await rows()).toEqual(['k1:user', 'assistant', 'assistant']);
  });
});
