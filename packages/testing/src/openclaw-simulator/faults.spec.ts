import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { waitFor } from '../wait-for.ts';
import { connect, sessionKey, start, started, talkTo } from './client.spec-support.ts';
import type { Fault } from './faults.ts';

const keysIn = (messages: readonly { idempotencyKey: string }[] = []) =>
  messages.map(({ idempotencyKey }) => idempotencyKey);

/** What a bare socket gets until it is closed, or the text of its error. */
const dial = async (url: string) => {
  const socket = new WebSocket(url);
  const frames: string[] = [];
  socket.on('message', (data) => frames.push(String(data)));
  const [event] = await Promise.race([
    once(socket, 'error').then(([error]) => [String(error)]),
    once(socket, 'open').then(() => ['open']),
  ]);
  return { socket, frames, event };
};

describe('faults of the connection', () => {
  it.each<[Fault, RegExp]>([
    [{ mode: 'refuse_connections' }, /ECONNREFUSED/],
    [{ mode: 'reset_connections' }, /ECONNRESET|socket hang up/],
    [{ mode: 'refuse_upgrade', status: 403 }, /Unexpected server response: 403/],
  ])('%j is what the socket sees, until healed', async (fault, seen) => {
    const simulator = await start();
    await simulator.fail(fault);
    expect((await dial(simulator.url)).event).toMatch(seen);
    await simulator.heal();
    expect((await connect(simulator)).hello.protocol).toBe(4);
  });

  it('no_challenge sends nothing', async () => {
    const simulator = await start();
    await simulator.fail({ mode: 'no_challenge' }, { times: 1 });
    const { socket, frames } = await dial(simulator.url);
    const pong = once(socket, 'pong');
    socket.ping();
    await pong;
    expect(frames).toEqual([]);
    socket.close();
  });

  it('silent_connect answers no connect', async () => {
    const simulator = await start();
    await simulator.fail({ mode: 'silent_connect' });
    await expect(connect(simulator, { requestTimeoutMs: 50 })).rejects.toThrow();
  });

  it.each<[Fault, object]>([
    [{ mode: 'wrong_token' }, { details: { code: 'AUTH_TOKEN_MISMATCH' } }],
    [{ mode: 'rate_limited' }, { details: { code: 'AUTH_RATE_LIMITED' }, retryable: true }],
    [{ mode: 'not_paired' }, { gatewayCode: 'NOT_PAIRED' }],
    [{ mode: 'protocol_mismatch' }, { details: { code: 'PROTOCOL_MISMATCH' } }],
  ])('%j rejects the handshake', async (fault, rejection) => {
    const simulator = await start();
    await simulator.fail(fault);
    await expect(connect(simulator)).rejects.toMatchObject(rejection);
  });

  it('another token breaks connections and is needed from then on', async () => {
    const simulator = await start();
    const { token } = simulator;
    await connect(simulator);
    await simulator.changeToken('another');
    await expect(connect({ url: simulator.url, token })).rejects.toMatchObject({
      details: { code: 'AUTH_TOKEN_MISMATCH' },
    });
    await connect(simulator);
  });
});

describe('faults of chat.send', () => {
  it.each<[Fault, object]>([
    [
      { mode: 'unavailable', retryAfterMs: 5 },
      { retryable: true, retryAfterMs: 5 },
    ],
    [{ mode: 'unknown_session' }, { message: /no longer exists in configuration/ }],
    [{ mode: 'label_in_use' }, { message: /^label already in use/ }],
    [{ mode: 'session_conflict' }, { details: { reason: 'session-changed' } }],
    [{ mode: 'drop_before_answer' }, {}],
  ])('%j leaves no trace', async (fault, rejection) => {
    const { simulator, send } = await started();
    await simulator.fail(fault, { times: 1 });
    await expect(send('k1')).rejects.toMatchObject(rejection);
    expect(simulator.sessions()).toEqual({});
  });

  it.each<[Fault]>([
    [{ mode: 'drop_after_accept' }],
    [{ mode: 'malformed_answer' }],
    [{ mode: 'huge_answer' }],
    [{ mode: 'never_answer_after_accept' }],
  ])('%j leaves the client in doubt, but the agent has the message', async (fault) => {
    const { simulator, client } = await started();
    await simulator.fail(fault, { times: 1 });
    const sent = client.request(
      'chat.send',
      { sessionKey, message: 'x', idempotencyKey: 'k1' },
      { timeoutMs: 200 },
    );
    await expect(sent).rejects.toThrow();
    await waitFor(() => keysIn(simulator.consumed()[sessionKey]).includes('k1'));
  });

  it('drop_after_answer breaks the connection after the acknowledgement', async () => {
    const { simulator, send } = await started();
    await simulator.fail({ mode: 'drop_after_answer' }, { times: 1 });
    expect(await send('k1')).toMatchObject({ status: 'started' });
    await waitFor(() => keysIn(simulator.consumed()[sessionKey]).includes('k1'));
  });

  it('restart_after_accept restarts before the acknowledgement, and the message is lost', async () => {
    const { simulator, send } = await started({ historyDelayMs: 60_000 });
    const bootId = simulator.bootId();
    await simulator.fail({ mode: 'restart_after_accept' }, { times: 1 });
    await expect(send('k1')).rejects.toThrow();
    await waitFor(() => simulator.bootId() !== bootId);
    expect(simulator.sessions()).toEqual({});
    expect((await connect(simulator)).hello.server.bootId).toBe(simulator.bootId());
  });

  it('accept_and_forget acknowledges, and leaves no trace in the same process', async () => {
    const { simulator, send, wait, history } = await started();
    const bootId = simulator.bootId();
    await simulator.fail({ mode: 'accept_and_forget' }, { times: 1 });
    expect(await send('k1')).toEqual({ runId: 'k1', status: 'started' });
    expect(await history(['k1'])).toMatchObject({ messages: [], inputReceipts: [] });
    expect(await wait('k1', 0)).toEqual({ runId: 'k1', status: 'timeout' });
    expect(simulator.bootId()).toBe(bootId);
    expect(await send('k1')).toMatchObject({ status: 'started' });
    await waitFor(() => keysIn(simulator.consumed()[sessionKey]).includes('k1'));
  });
});

describe('answers as seen on a real OpenClaw gateway', () => {
  it('a history may be rebuilding', async () => {
    const { simulator, history } = await started();
    await simulator.fail({ mode: 'history_rebuilding' }, { times: 1 });
    await expect(history()).rejects.toMatchObject({ retryable: true, retryAfterMs: 250 });
    expect(await history()).toMatchObject({ messages: [] });
  });

  it.each([
    ['agent:main:', 'malformed session key "agent:main:"'],
    ['agent::x', 'malformed session key "agent::x"'],
    ['agent:gone:x', 'Agent "gone" no longer exists in configuration'],
    [' ', 'session mutation target is unavailable'],
  ])('a message to the session %j is rejected', async (key, message) => {
    const { send } = await started();
    await expect(send('k1', { sessionKey: key })).rejects.toMatchObject({
      gatewayCode: 'INVALID_REQUEST',
      message,
    });
  });

  it('with several agents, a key without an agent has no owner', async () => {
    const { simulator, send } = await started({ agents: ['main', 'beta'] });
    await expect(send('k1', { sessionKey: 'main' })).rejects.toMatchObject({
      message: /has no explicit owner/,
    });
    await send('k1', { sessionKey: 'main', agentId: 'beta' });
    await send('k2', { sessionKey: 'AGENT:Beta:Main' });
    expect(Object.keys(simulator.sessions())).toEqual(['agent:beta:main']);
  });

  it('an unknown session has an empty history without an id, and so has one of an unknown agent', async () => {
    const { client } = await started();
    for (const key of ['nobody', 'agent:gone:x']) {
      const page = await client.request('chat.history', { sessionKey: key });
      expect(page).toMatchObject({ messages: [], hasMore: false });
      expect(page).not.toHaveProperty('sessionId');
    }
  });

  it('a reset keeps the session id, hides earlier rows and interrupts what waits', async () => {
    const { simulator, begin, send, wait, rows, history, waiting, client } = await started();
    await begin();
    const before = await history();
    await simulator.endRuns({ kind: 'never_ends' }, { times: 1 });
    await send('k1');
    await waitFor(async () => (await rows()).includes('k1:user'));
    await send('k2');
    await simulator.reset(sessionKey);
    const after = await history();
    expect(after.sessionId).toBe(before.sessionId);
    expect(after.messages).toMatchObject([{ role: 'system', __openclaw: { kind: 'reset', seq: 4 } }]);
    expect(await waiting()).toEqual({ k2: 'interrupted' });
    expect(await wait('k1')).toMatchObject({ status: 'error', stopReason: 'restart' });
    expect(await wait('k2')).toMatchObject({ status: 'ok' });
    expect(await send('warm')).toEqual({ runId: 'warm', status: 'ok' });
    const { deltaCursor } = before;
    expect(await client.request('chat.history', { sessionKey, cursor: deltaCursor })).toEqual({
      kind: 'reset',
    });
    await expect(client.request('sessions.reset', { key: sessionKey })).rejects.toMatchObject({
      details: { missingScope: 'operator.admin' },
    });
  });

  it('a deleted session comes back under another id', async () => {
    const { simulator, begin, history } = await started();
    await begin();
    const { sessionId } = await history();
    const admin = await connect(simulator, { scopes: ['operator.read', 'operator.write', 'operator.admin'] });
    await admin.client.request('sessions.delete', { key: sessionKey });
    expect(await history()).not.toHaveProperty('sessionId');
    await begin('k1');
    expect((await history()).sessionId).not.toBe(sessionId);
    expect(await talkTo(admin).rows()).toEqual(['k1:user', 'assistant']);
  });
});

describe('answers as read in the schema', () => {
  it('a cursor asks for the rows after it', async () => {
    const { begin, history, client } = await started();
    await begin();
    const { deltaCursor } = await history();
    await begin('k1');
    expect(await client.request('chat.history', { sessionKey, cursor: deltaCursor })).toMatchObject({
      kind: 'delta',
      messages: [{ idempotencyKey: 'k1:user' }, { role: 'assistant' }],
    });
  });
});
