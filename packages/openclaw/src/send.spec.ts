import { waitFor } from '@mission-control/testing';
import { describe, expect, it } from 'vitest';
import type { OpenClawConnection } from './port.ts';
import { settled, started, within } from './simulated.spec-support.ts';

const message = { sessionKey: 'Lead', message: 'hello', idempotencyKey: 'k1' };

/** Where the OpenClaw gateway has the message; undefined: nowhere. */
const whereIs = async (connection: OpenClawConnection) => {
  const found = await connection.find(message.sessionKey, [message.idempotencyKey], {
    ...within,
    mode: 'complete',
  });
  return found.kind === 'found' ? { ...found, where: found.keys.get(message.idempotencyKey) } : found;
};

describe('a message', () => {
  it('sent right after connecting waits for the handshake and is accepted', async () => {
    const { simulator, connection } = await started();
    expect(await connection.send(message, within)).toEqual({
      kind: 'accepted',
      runId: 'k1',
      status: 'started',
      bootId: simulator.bootId(),
    });
    expect(simulator.sessions()).toEqual({
      'agent:main:lead': [expect.objectContaining({ text: 'hello', idempotencyKey: 'k1' })],
    });
  });

  it('that is repeated is accepted again, as in_flight and then ok, and is in its session once', async () => {
    const held = Promise.withResolvers<void>();
    const { simulator, connection } = await started({ historyHeldUntil: held.promise });
    await connection.send(message, within);
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted', status: 'in_flight' });
    held.resolve();
    await waitFor(async () => {
      const outcome = await connection.send(message, within);
      return outcome.kind === 'accepted' && outcome.status === 'ok';
    });
    expect(simulator.sessions()['agent:main:lead']).toHaveLength(1);
  });

  it.each([['another text under its key', 'chat_request_conflict', 'INVALID_REQUEST/chat-request-conflict']])(
    'with %s is rejected',
    async (_, code, gatewayCode) => {
      const { connection } = await started();
      await connection.send(message, within);
      expect(await connection.send({ ...message, message: 'other' }, within)).toMatchObject({
        kind: 'rejected',
        code,
        gatewayCode,
        detail: expect.stringMatching(/^This message ID was already used/),
      });
    },
  );

  it('for a session that belongs to no agent is rejected', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'unknown_session' }, { times: 1 });
    expect(await connection.send(message, within)).toMatchObject({
      kind: 'rejected',
      code: 'session_invalid',
      detail: expect.stringMatching(/no longer exists in configuration/),
    });
  });

  it('is unavailable while no gateway is listening, and accepted once one is', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'refuse_connections' });
    const lost = await waitFor(async () => {
      const outcome = await connection.send(message, { timeoutMs: 1_000 });
      return outcome.kind === 'unavailable' && outcome.code === 'gateway_unreachable' && outcome;
    });
    expect(lost).toEqual({ ...lost, sent: false, retryAfterMs: expect.any(Number) });
    await simulator.heal();
    await waitFor(async () => (await connection.send(message, within)).kind === 'accepted');
    expect(simulator.sessions()['agent:main:lead']).toHaveLength(1);
  });

  it('whose connection breaks before an answer is a doubt, and the gateway does not have it', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'drop_before_answer' }, { times: 1 });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'doubt', code: 'connection_lost' });
    expect(await settled(() => whereIs(connection))).toMatchObject({ kind: 'found', where: undefined });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted', status: 'started' });
    expect(simulator.sessions()['agent:main:lead']).toHaveLength(1);
  });

  it('whose connection breaks after it was accepted is a doubt, and the gateway has it', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'drop_after_accept' }, { times: 1 });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'doubt', code: 'connection_lost' });
    expect(await settled(() => whereIs(connection))).toMatchObject({ where: expect.any(String) });
  });

  it('that is not acknowledged in time is a doubt', async () => {
    const { simulator, connection, connects } = await started();
    await waitFor(() => connects() === 1);
    await simulator.fail({ mode: 'never_answer' }, { times: 1 });
    expect(await connection.send(message, { timeoutMs: 200 })).toMatchObject({
      kind: 'doubt',
      code: 'answer_timeout',
    });
    expect(await whereIs(connection)).toMatchObject({ kind: 'found', where: undefined });
    await simulator.fail({ mode: 'never_answer_after_accept' }, { times: 1 });
    expect(await connection.send(message, { timeoutMs: 200 })).toMatchObject({ kind: 'doubt' });
    expect(await whereIs(connection)).toMatchObject({ where: expect.any(String) });
  });

  it('to a slow gateway is accepted if it answers in time', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'slow', delayMs: 150 });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted' });
    expect(await connection.send({ ...message, idempotencyKey: 'k2' }, { timeoutMs: 50 })).toMatchObject({
      kind: 'doubt',
    });
  });

  it('that the gateway defers is unavailable, with the delay that the gateway asks for', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'unavailable', retryAfterMs: 700 }, { times: 1 });
    expect(await connection.send(message, within)).toEqual({
      kind: 'unavailable',
      code: 'gateway_unavailable',
      detail: 'gateway draining for restart',
      retryAfterMs: 700,
      sent: false,
    });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted' });
  });

  it('whose run fails at once is a doubt that the history resolves', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'run_failed' }, { times: 1 });
    expect(await connection.send(message, within)).toMatchObject({ kind: 'doubt', code: 'gateway_failed' });
    expect(await whereIs(connection)).toMatchObject({ where: expect.any(String) });
  });

  it('that is sent again after a restart without checking the history is in the session twice', async () => {
    const { simulator, connection } = await started({ historyDelayMs: 0 });
    await connection.send(message, within);
    await waitFor(async () => {
      const found = await whereIs(connection);
      return 'where' in found && found.where === 'history';
    });
    await simulator.restart();
    expect(await settled(() => whereIs(connection))).toMatchObject({ where: 'history' });
    await connection.send(message, within);
    expect(simulator.sessions()['agent:main:lead']).toHaveLength(2);
  });
});
