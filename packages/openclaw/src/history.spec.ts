import { type OpenClawSimulatorOptions, waitFor } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import { settled, started as startedPair, within } from './simulated.spec-support.ts';

const sessionKey = 'Agent:Main:Lead';

const started = async (options: OpenClawSimulatorOptions = {}) => {
  const pair = await startedPair(options);
  return {
    ...pair,
    send: (idempotencyKey: string) =>
      pair.connection.send({ sessionKey, message: 'hello', idempotencyKey }, within),
    ask: (idempotencyKey: string) => pair.connection.wasAccepted({ sessionKey, idempotencyKey }, within),
  };
};

describe('whether a message was accepted', () => {
  it('is no for an unknown session and for an unknown key', async () => {
    const { send, ask } = await started();
    expect(await ask('k1')).toEqual({ kind: 'no' });
    await send('k1');
    expect(await ask('k')).toEqual({ kind: 'no' });
  });

  it('is yes from the acknowledgement on: running or queued, then in the history', async () => {
    const held = Promise.withResolvers<void>();
    const { send, ask } = await started({ historyHeldUntil: held.promise });
    await send('k1');
    await send('k2');
    expect(await ask('k1')).toEqual({ kind: 'yes', evidence: 'running' });
    expect(await ask('k2')).toEqual({ kind: 'yes', evidence: 'queued' });
    held.resolve();
    for (const key of ['k1', 'k2']) {
      await waitFor(async () => {
        const answer = await ask(key);
        return answer.kind === 'yes' && answer.evidence === 'history';
      });
    }
  });

  it('is yes for a message merged into a row with another key', async () => {
    const held = Promise.withResolvers<void>();
    const { send, ask } = await started({ historyHeldUntil: held.promise, queueMode: 'collect' });
    for (const key of ['k1', 'k2', 'k3']) await send(key);
    held.resolve();
    await waitFor(async () => {
      const answer = await ask('k2');
      return answer.kind === 'yes' && answer.evidence === 'history';
    });
    expect(await ask('k3')).toEqual({ kind: 'yes', evidence: 'history' });
  });

  it('is yes after a restart only for a message that the gateway had stored', async () => {
    const { simulator, send, ask } = await started({ historyDelayMs: 60_000 });
    await send('k1');
    await send('k2');
    await simulator.restart();
    expect(await settled(() => ask('k1'))).toEqual({ kind: 'no' });
    expect(await settled(() => ask('k2'))).toEqual({ kind: 'yes', evidence: 'interrupted' });
  });

  it('is answered from a history of several pages', async () => {
    const { simulator, send, ask } = await started({ historyDelayMs: 0 });
    await send('first');
    await simulator.waitForMessage(() => true);
    // One row for each message and one for each of the agent's answers: more than a page in total.
    await waitFor(async () => (await ask('first')).kind === 'yes');
    for (let sent = 0; sent < 600; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, index) => send(`k${sent + index}`)));
    }
    await waitFor(async () => {
      const answer = await ask('k599');
      return answer.kind === 'yes' && answer.evidence === 'history';
    });
    expect(await ask('first')).toEqual({ kind: 'yes', evidence: 'history' });
    expect(await ask('none')).toEqual({ kind: 'no' });
  });

  it('is unavailable, not no, if the history request is not answered', async () => {
    const { simulator, connection, send } = await started();
    await send('k1');
    await simulator.fail({ mode: 'never_answer' });
    expect(await connection.wasAccepted({ sessionKey, idempotencyKey: 'k1' }, { timeoutMs: 100 })).toEqual({
      kind: 'unavailable',
      code: 'answer_timeout',
      sent: false,
    });
  });
});
