import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { connect, sessionKey, started, talkTo } from './client.spec-support.ts';
import { spawnOpenClawSimulator } from './spawn.ts';
import type { OpenClawSimulator } from './start.ts';

const again = async (simulator: Pick<OpenClawSimulator, 'url' | 'token'>) => {
  const connection = await connect(simulator);
  return { ...connection, ...talkTo(connection) };
};

const ownershipEnded = {
  gatewayCode: 'UNAVAILABLE',
  retryable: false,
  message: /Pending input ownership ended/,
};

describe('a kill -9, as seen on a real OpenClaw gateway', () => {
  it('changes the boot id, and makes earlier runs unknown', async () => {
    const { simulator, hello, begin } = await started();
    await begin('k1');
    await simulator.restart();
    const next = await again(simulator);
    expect(hello.server.bootId).toBeTruthy();
    expect(next.hello.server.bootId).not.toBe(hello.server.bootId);
    expect(next.hello.server.bootId).toBe(simulator.bootId());
    expect(await next.wait('k1', 0)).toEqual({ runId: 'k1', status: 'timeout' });
  });

  it('leaves no trace of an acknowledged message in a new session', async () => {
    const { simulator, send } = await started({ historyDelayMs: 60_000 });
    await send('k1');
    await simulator.restart();
    const next = await again(simulator);
    expect(await next.history(['k1'])).toMatchObject({ messages: [], inputReceipts: [] });
    expect(await next.history()).not.toHaveProperty('sessionId');
    expect(simulator.sessions()).toEqual({});
  });

  it('interrupts an acknowledged message in an idle session that has a history', async () => {
    const { simulator, begin, send } = await started();
    await begin();
    const release = simulator.holdHistory();
    await send('k1');
    await simulator.restart();
    release();
    const next = await again(simulator);
    expect(await next.waiting()).toEqual({ k1: 'interrupted' });
    expect(await next.history(['k1'])).toMatchObject({
      inputReceipts: [{ runId: 'k1', state: 'pending' }],
      sessionInfo: { status: 'done', lastRunId: 'warm', activeRunIds: [] },
    });
    await expect(next.send('k1')).rejects.toMatchObject(ownershipEnded);
    expect(await next.send('k1:r1')).toMatchObject({ status: 'started' });
  });

  it.each([
    ['row', ['warm:user', 'assistant', 'k1:user'], {}],
    ['nothing', ['warm:user', 'assistant'], {}],
    ['interrupted', ['warm:user', 'assistant'], { k1: 'interrupted' }],
  ] as const)('can leave of it: %s', async (kept, rows, waiting) => {
    const { simulator, begin, send } = await started();
    await begin();
    const release = simulator.holdHistory();
    await send('k1');
    await simulator.restart({ keep: { k1: kept } });
    release();
    const next = await again(simulator);
    expect(await next.rows()).toEqual(rows);
    expect(await next.waiting()).toEqual(waiting);
  });

  it('interrupts queued messages, and continues the run in progress with a message of its own', async () => {
    const { simulator, send, rows } = await started({ recoveryDelayMs: 0 });
    await simulator.endRuns({ kind: 'never_ends' }, { times: 1 });
    await send('k1');
    await waitFor(async () => (await rows()).includes('k1:user'));
    await send('k2');
    await send('k3', { queueMode: 'followup' });
    await simulator.restart();
    const next = await again(simulator);
    await waitFor(async () => (await next.rows()).length === 3);
    const { messages } = await next.history();
    expect(messages[1]).toMatchObject({
      role: 'user',
      content: expect.stringMatching(/^\[System\] Your previous turn/),
    });
    expect(messages[2]?.__openclaw.runId).not.toBe('k1');
    expect(await next.waiting()).toEqual({ k2: 'interrupted', k3: 'interrupted' });
    expect(simulator.consumed()[sessionKey]).toMatchObject([{ idempotencyKey: 'k1' }]);
  });

  it('makes the process forget keys: one whose row exists calls the model again, whatever its text', async () => {
    const { simulator, begin } = await started();
    await begin('k1');
    await simulator.restart();
    const next = await again(simulator);
    expect(await next.send('k1', { message: 'changed' })).toMatchObject({ status: 'started' });
    await next.wait('k1');
    expect(await next.rows()).toEqual(['k1:user', 'assistant', 'assistant']);
    const { messages } = await next.history();
    expect(messages.map((row) => row.__openclaw.runId)).toEqual([undefined, 'k1', 'k1']);
    expect(messages[0]?.content).toBe('text of k1');
    expect(simulator.consumed()[sessionKey]).toHaveLength(2);
  });
});

describe('a SIGTERM, as seen on a real OpenClaw gateway', () => {
  it('rejects messages and waits for active runs', async () => {
    const { simulator, send, rows } = await started();
    await simulator.endRuns({ kind: 'never_ends' }, { times: 1 });
    await send('k1', { timeoutMs: 500 });
    await waitFor(async () => (await rows()).includes('k1:user'));
    const restarted = simulator.restart({ signal: 'SIGTERM', drainMs: 60_000 });
    await expect(send('k2')).rejects.toMatchObject({
      gatewayCode: 'UNAVAILABLE',
      retryable: true,
      retryAfterMs: 1_000,
      details: { reason: 'gateway-restarting', phase: 'accepting' },
    });
    await restarted;
    const next = await again(simulator);
    expect(await next.rows()).toEqual(['k1:user', 'assistant']);
  });

  it('writes rows without a run for what was just acknowledged or waits as followup, and interrupts the rest', async () => {
    const { simulator, send, rows, chats } = await started({ recoveryDelayMs: 60_000 });
    await simulator.endRuns({ kind: 'never_ends' }, { times: 1 });
    await send('k1');
    await waitFor(async () => (await rows()).includes('k1:user'));
    await send('steered');
    await send('later', { queueMode: 'followup' });
    simulator.holdHistory();
    await send('new', { sessionKey: 'agent:main:new' });
    await simulator.restart({ signal: 'SIGTERM', drainMs: 0 });
    const next = await again(simulator);
    expect(await next.rows()).toEqual(['k1:user', 'later:user']);
    expect(await next.waiting()).toEqual({ steered: 'interrupted' });
    expect(chats('steered')).toMatchObject([{ state: 'final' }]);
    expect(chats('new')).toMatchObject([
      { state: 'error', errorMessage: 'Gateway is draining; new tasks are not accepted' },
      { state: 'error' },
    ]);
    const other = await next.client.request('chat.history', { sessionKey: 'agent:main:new' });
    expect(other).toMatchObject({
      messages: [{ idempotencyKey: 'new:user' }, { customType: 'run-failed-before-reply' }],
    });
  });
});

describe('a killed process', () => {
  it('starts again with what was durable, and without what was only acknowledged', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const historyFile = join(folder, 'history.ndjson');
    const first = await spawnOpenClawSimulator({ historyFile, historyDelayMs: 0, runMs: 0 });
    onTestFinished(() => first.stop());
    const before = await again(first);
    await before.begin('k1');
    await before.send('long', { sessionKey: 'agent:main:long' });
    await before.client.request('agent.wait', { runId: 'long' });
    await first.endRuns({ kind: 'never_ends' });
    await before.send('k2');
    await waitFor(async () => (await before.rows()).includes('k2:user'));
    await before.send('k3');
    await before.client.request('sessions.patch', { key: sessionKey, label: 'Board lead' });
    await first.kill();

    const second = await spawnOpenClawSimulator({
      port: Number(new URL(first.url).port),
      token: first.token,
      historyFile,
      recoveryDelayMs: 0,
    });
    onTestFinished(() => second.stop());
    const after = await again(second);
    await waitFor(async () => (await after.rows()).length === 5);
    expect(await after.rows()).toEqual(['k1:user', 'assistant', 'k2:user', expect.any(String), 'assistant']);
    expect(await after.waiting()).toEqual({ k3: 'interrupted' });
    await expect(after.send('k3')).rejects.toMatchObject(ownershipEnded);
    await expect(
      after.client.request('sessions.patch', { key: 'other', label: 'Board lead' }),
    ).rejects.toMatchObject({ message: /label already in use/ });
    const consumed = (await second.consumed())[sessionKey];
    expect(consumed?.map((message) => message.idempotencyKey)).toEqual(['k1', 'k2']);
    expect(await second.bootId()).not.toBe(before.hello.server.bootId);
  });

  it('knows that an agent got a message again, also in the next process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const options = { historyFile: join(folder, 'history.ndjson'), historyDelayMs: 0, runMs: 0 };
    const first = await spawnOpenClawSimulator(options);
    onTestFinished(() => first.stop());
    const port = Number(new URL(first.url).port);
    const consumed = async (simulator: typeof first) =>
      (await simulator.consumed())[sessionKey]?.map(({ idempotencyKey }) => idempotencyKey);
    await (await again(first)).begin('k1');
    await first.kill();
    const second = await spawnOpenClawSimulator({ ...options, port, token: first.token });
    onTestFinished(() => second.stop());
    await (await again(second)).send('k1');
    await waitFor(async () => (await consumed(second))?.length === 2);
    await second.kill();
    const third = await spawnOpenClawSimulator({ ...options, port, token: first.token });
    onTestFinished(() => third.stop());
    expect(await consumed(third)).toEqual(['k1', 'k1']);
  });
});
