import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { waitFor } from '../wait-for.ts';
import { connect, type History, start, started } from './client.spec-support.ts';
import { spawnOpenClawSimulator } from './spawn.ts';

const message = { sessionKey: 'Lead', message: 'hello', idempotencyKey: 'k1' };

describe('the OpenClaw simulator, used by the official client, as seen on a real OpenClaw gateway', () => {
  it('speaks protocol 4 and stores a message under its canonical session key', async () => {
    const { simulator, client, hello } = await started();
    expect(hello.protocol).toBe(4);
    expect(await client.request('chat.send', message)).toEqual({ runId: 'k1', status: 'started' });
    expect(simulator.sessions()).toEqual({
      'agent:main:lead': [expect.objectContaining({ text: 'hello', idempotencyKey: 'k1' })],
    });
  });

  it('responds to a repeat with in_flight, then ok, and stores one message', async () => {
    const held = Promise.withResolvers<void>();
    const { simulator, client, events } = await started({ historyHeldUntil: held.promise });
    await client.request('chat.send', message);
    expect(await client.request('chat.send', message)).toEqual({ runId: 'k1', status: 'in_flight' });
    held.resolve();
    expect(await client.request('agent.wait', { runId: 'k1', timeoutMs: 60_000 })).toMatchObject({
      status: 'ok',
    });
    expect(await client.request('chat.send', message)).toEqual({ runId: 'k1', status: 'ok' });
    expect(simulator.sessions()['agent:main:lead']).toHaveLength(1);
    await waitFor(() => events.some(({ event, payload }) => event === 'chat' && payload.state === 'final'));
  });

  it('rejects the same key with another text', async () => {
    const { client } = await started();
    await client.request('chat.send', message);
    await expect(client.request('chat.send', { ...message, message: 'other' })).rejects.toMatchObject({
      gatewayCode: 'INVALID_REQUEST',
      details: { reason: 'chat-request-conflict' },
    });
  });

  it.each([
    ['{"log":"GET /model HTTP/1.1"}', '{"log":"GET HTTP/1.1"}', ['/model']],
    ['do\n/exec security=full ask=off', 'do\nsecurity=full ask=off', ['/exec']],
    ['cp a /t b\u00a0/ELEVATED: on', 'cp a b\u00a0: on', ['/t', '/ELEVATED']],
    ['a \u0001/queue interrupt', 'a interrupt', ['/queue']],
    ['use $weather, $5 and $HOME', 'use $weather, $5 and $HOME', ['$weather']],
    ['see "/tmp/a.png" and ~/b.JPG', 'see "/tmp/a.png" and ~/b.JPG', ['/tmp/a.png', '~/b.JPG']],
    ['saved ~a.png, "~.gif"', 'saved ~a.png, "~.gif"', ['~a.png', '~.gif']],
    ['c:\\u0024a.png Z:\\u200b.bmp', 'c:\\u0024a.png Z:\\u200b.bmp', ['c:\\u0024a.png', 'Z:\\u200b.bmp']],
    ['[media attached: x]~a.png', '[media attached: x]~a.png', ['~a.png']],
    [
      '\\/model "/x :/x </x \\$weather http://a/status /models',
      '\\/model "/x :/x </x \\$weather http://a/status /models',
      [],
    ],
  ])('acts on its own syntax anywhere in a message: %j', async (sent, text, executed) => {
    const { simulator, client } = await started();
    await client.request('chat.send', { ...message, message: sent });
    expect(simulator.sessions()['agent:main:lead']).toMatchObject([{ text, executed }]);
    await client.request('agent.wait', { runId: 'k1' });
    const page = await client.request<{ messages: { content: string }[] }>('chat.history', {
      sessionKey: 'lead',
    });
    expect(page.messages[0]?.content).toBe(sent.replace('\u0001', ''));
  });

  it('first shows a message as a running input, later as a row, and meanwhile shows a second message as pending', async () => {
    const held = Promise.withResolvers<void>();
    const { client } = await started({ historyHeldUntil: held.promise, runMs: 20 });
    const history = () =>
      client.request<History>('chat.history', { sessionKey: 'lead', inputRunIds: ['k1', 'k2'] });
    await client.request('chat.send', message);
    await client.request('chat.send', { ...message, idempotencyKey: 'k2' });
    expect(await history()).toMatchObject({
      messages: [],
      sessionInfo: { key: 'agent:main:lead', activeRunIds: ['k1'] },
      pendingInputs: { items: [{ runId: 'k2', state: 'queued' }], total: 1 },
      inputReceipts: [{ runId: 'k2', state: 'pending' }],
    });
    held.resolve();
    const rows = await waitFor(async () => {
      const { messages } = await history();
      return messages.some(({ idempotencyKey }) => idempotencyKey === 'k2:user') && messages;
    });
    expect(rows.map(({ idempotencyKey, role }) => idempotencyKey ?? role)).toEqual([
      'k1:user',
      'assistant',
      'k2:user',
    ]);
  });

  it('pages its history backwards from the newest row', async () => {
    const { client } = await started();
    for (const idempotencyKey of ['k1', 'k2']) {
      await client.request('chat.send', { ...message, idempotencyKey });
      await client.request('agent.wait', { runId: idempotencyKey });
    }
    const newest = await client.request<History>('chat.history', { sessionKey: 'lead', limit: 3 });
    expect(newest.messages.map(({ role }) => role)).toEqual(['assistant', 'user', 'assistant']);
    expect(newest).toMatchObject({ hasMore: true, nextOffset: 3 });
    const rest = await client.request<History>('chat.history', { sessionKey: 'lead', limit: 3, offset: 3 });
    expect(rest).toMatchObject({ messages: [{ idempotencyKey: 'k1:user' }], hasMore: false });
  });

  it('creates missing sessions, and gives a label to only one session', async () => {
    const { client } = await started();
    expect(await client.request('sessions.patch', { key: 'Lead', label: 'Board lead' })).toMatchObject({
      key: 'agent:main:lead',
    });
    await expect(
      client.request('sessions.patch', { key: 'other', label: 'Board lead' }),
    ).rejects.toMatchObject({ gatewayCode: 'INVALID_REQUEST', message: /label already in use/ });
  });

  it('rejects requests that do not match the schema', async () => {
    const { client } = await started();
    await expect(client.request('chat.send', { ...message, colour: 'red' })).rejects.toMatchObject({
      gatewayCode: 'INVALID_REQUEST',
    });
    await expect(client.request('no.such.method', {})).rejects.toMatchObject({ gatewayCode: 'FORBIDDEN' });
  });

  it('rejects a wrong token, a missing token, another protocol and a scope that was not requested', async () => {
    const simulator = await start();
    const { url } = simulator;
    await expect(connect({ url, token: 'wrong' })).rejects.toMatchObject({
      details: { code: 'AUTH_TOKEN_MISMATCH' },
    });
    await expect(connect({ url, token: '' })).rejects.toMatchObject({ gatewayCode: 'NOT_PAIRED' });
    await expect(connect(simulator, { minProtocol: 3, maxProtocol: 3 })).rejects.toMatchObject({
      details: { code: 'PROTOCOL_MISMATCH' },
    });
    const { client } = await connect(simulator, { scopes: ['operator.read'] });
    await expect(client.request('chat.send', message)).rejects.toMatchObject({
      gatewayCode: 'FORBIDDEN',
      details: { code: 'MISSING_SCOPE' },
    });
  });

  it('sends ticks', async () => {
    const { events } = await started({ tickIntervalMs: 20 });
    await waitFor(() => events.some(({ event }) => event === 'tick'));
  });
});

describe('the simulator itself', () => {
  it('keeps its history in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'openclaw-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const historyFile = join(folder, 'history.ndjson');
    const { simulator, client } = await started({ historyFile });
    await client.request('chat.send', message);
    await client.request('agent.wait', { runId: 'k1' });
    await simulator.stop();
    const next = await start({ historyFile });
    expect(next.sessions()).toEqual({
      'agent:main:lead': [expect.objectContaining({ idempotencyKey: 'k1' })],
    });
  });

  it('runs as its own process that the test can watch and make fail', async () => {
    const simulator = await spawnOpenClawSimulator({ token: 'shared' });
    onTestFinished(() => simulator.stop());
    const { client } = await connect(simulator);
    await client.request('chat.send', message);
    expect(await simulator.waitForMessage(({ idempotencyKey }) => idempotencyKey === 'k1')).toMatchObject({
      sessionKey: 'agent:main:lead',
      text: 'hello',
    });
    await simulator.fail({ mode: 'unavailable', retryAfterMs: 5 }, { times: 1 });
    const second = { ...message, idempotencyKey: 'k2' };
    await expect(client.request('chat.send', second)).rejects.toMatchObject({ retryAfterMs: 5 });
    await client.request('chat.send', second);
    expect((await simulator.sessions())['agent:main:lead']).toHaveLength(2);
  });
});
