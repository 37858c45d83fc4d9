import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '@mission-control/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect, settled, simulate, started, within } from './simulated.spec-support.ts';

const message = { sessionKey: 'Lead', message: 'hello', idempotencyKey: 'k1' };

describe('an OpenClaw gateway that does not let us in', () => {
  it.each([
    ['wrong_token', 'token_refused', 'INVALID_REQUEST/AUTH_TOKEN_MISMATCH'],
    ['not_paired', 'not_paired', 'NOT_PAIRED/DEVICE_IDENTITY_REQUIRED'],
    ['protocol_mismatch', 'protocol_mismatch', 'INVALID_REQUEST/PROTOCOL_MISMATCH'],
  ] as const)('(%s) rejects every message as %s', async (mode, code, gatewayCode) => {
    const simulator = await simulate();
    await simulator.fail({ mode });
    const { connection, lines } = connect({ url: simulator.url, token: simulator.token });
    const rejection = { kind: 'rejected', code, gatewayCode };
    expect(await connection.send(message, within)).toMatchObject(rejection);
    expect(await connection.find('Lead', ['k1'], { mode: 'quick', ...within })).toMatchObject(rejection);
    expect(await connection.runOutcome('k1', 'Lead', within)).toMatchObject(rejection);
    expect(connection.state()).toMatchObject({ kind: 'rejected', code });
    expect(lines).toEqual([
      { message: expect.any(String), fields: expect.objectContaining({ code, openclaw_code: gatewayCode }) },
    ]);
    expect(JSON.stringify(lines)).not.toContain(simulator.token);
  });

  it('rejects every message if it grants too few scopes', async () => {
    const { simulator, connection } = await started();
    await simulator.fail({ mode: 'missing_scope' });
    await waitFor(() => connection.state().kind === 'rejected');
    expect(await connection.send(message, within)).toMatchObject({ kind: 'rejected', code: 'scope_missing' });
    expect(simulator.sessions()).toEqual({});
  });

  it('is dialled again after the delay that it asked for while starting', async () => {
    const simulator = await simulate();
    await simulator.fail({ mode: 'starting', retryAfterMs: 100 }, { times: 1 });
    const { connection } = connect({ url: simulator.url, token: simulator.token });
    expect(await connection.send(message, within)).toMatchObject({
      kind: 'unavailable',
      code: 'gateway_starting',
    });
    expect(await settled(() => connection.send(message, within))).toMatchObject({
      kind: 'accepted',
    });
  });

  it('is unavailable after the timeout if it never says hello', async () => {
    const simulator = await simulate();
    await simulator.fail({ mode: 'frozen' });
    const { connection } = connect({ url: simulator.url, token: simulator.token });
    expect(await connection.send(message, { timeoutMs: 200 })).toMatchObject({
      kind: 'unavailable',
      code: 'connect_timeout',
      sent: false,
    });
  });

  it('is unavailable if the server is not an OpenClaw gateway', async () => {
    const server = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { connection } = connect({ url: `ws://127.0.0.1:${port}` });
    expect(await connection.send(message, within)).toMatchObject({
      kind: 'unavailable',
      code: 'upgrade_rejected',
      detail: 'The server answered HTTP 404.',
    });
  });
});

describe('the connection', () => {
  it('reconnects by itself after a restart', async () => {
    const { simulator, connection, connects } = await started();
    await waitFor(() => connects() === 1);
    await simulator.restart();
    await waitFor(() => connects() === 2);
    expect(await connection.send(message, within)).toMatchObject({ kind: 'accepted' });
  });

  it('notices that the gateway has gone silent', async () => {
    const { simulator, lines } = await started({ tickIntervalMs: 500 });
    await waitFor(() => lines.length >= 1);
    await simulator.fail({ mode: 'frozen' });
    await waitFor(() => lines.some(({ fields }) => 'code' in fields && fields.code === 'connection_lost'));
  });

  it('sends nothing more once it is closed, and pending messages end as doubts', async () => {
    const { simulator, connection, connects } = await started();
    await waitFor(() => connects() === 1);
    await simulator.fail({ mode: 'never_answer_after_accept' });
    const underWay = connection.send(message, within);
    await simulator.waitForMessage(() => true);
    await connection.close();
    expect(await underWay).toMatchObject({ kind: 'doubt', code: 'connection_lost' });
    expect(await connection.send(message, within)).toMatchObject({
      kind: 'unavailable',
      code: 'connection_closed',
      sent: false,
    });
  });

  it.each(['ws://127.0.0.1:PORT', 'ws://localhost:PORT', 'ws://[::ffff:127.0.0.1]:PORT'])(
    'to %s is rejected if its address is denied',
    async (template) => {
      const { url, token, sessions } = await simulate();
      const denied = connect({
        url: template.replace('PORT', new URL(url).port),
        token,
        denyCidrs: ['127.0.0.0/8', '::1/128'],
      });
      expect(await denied.connection.send(message, within)).toMatchObject({
        kind: 'rejected',
        code: 'address_denied',
      });
      expect(sessions()).toEqual({});
    },
  );

  it('to the metadata service is rejected by default', async () => {
    const { connection } = connect({ url: 'ws://169.254.169.254' });
    expect(await connection.send(message, within)).toMatchObject({ code: 'address_denied' });
  });

  it('without TLS is allowed only in private networks', async () => {
    const { connection } = connect({ url: 'ws://192.0.2.1' });
    expect(await connection.send(message, within)).toMatchObject({ code: 'plaintext_denied' });
  });

  it('is not opened for a URL that is not a WebSocket URL', () => {
    expect(() => connect({ url: 'http://localhost' })).toThrow(/must begin with ws: or wss:/);
  });
});
