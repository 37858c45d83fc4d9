import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { PROTOCOL_VERSION } from '@openclaw/gateway-protocol/version';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';

type Answers = Readonly<Record<string, (params: Record<string, unknown>) => unknown>>;

const hello = {
  type: 'hello-ok',
  protocol: PROTOCOL_VERSION,
  server: { version: 'scripted', bootId: 'boot-1' },
  auth: { scopes: ['operator.read', 'operator.write'] },
  policy: { tickIntervalMs: 60_000 },
};

/** An OpenClaw gateway that answers each method as the test specifies, for answers seen on a real one that are hard to provoke. */
export const scriptedGateway = async (answers: Answers): Promise<string> => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => void server.close());
  server.on('connection', (socket) => {
    onTestFinished(() => socket.terminate());
    const send = (frame: object) => socket.send(JSON.stringify(frame));
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(data.toString());
      const payload = method === 'connect' ? hello : answers[method]?.(params);
      send({ type: 'res', id, ok: true, payload });
    });
    send({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: Date.now() } });
  });
  await once(server, 'listening');
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
};
