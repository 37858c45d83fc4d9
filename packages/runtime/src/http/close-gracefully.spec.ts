import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { closingGracefully, endConnectionsWhen } from './close-gracefully.ts';

const start = async (patienceMs: number) => {
  const server = createServer();
  const closeGracefully = closingGracefully(server, patienceMs);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => server.closeAllConnections());
  /** Opens a connection. Resolves once the server has read what it sends. */
  const send = async (text: string): Promise<Socket> => {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
    onTestFinished(() => void socket.destroy());
    const [peer] = await accepted;
    socket.write(text);
    while (peer.bytesRead < text.length) await setImmediate();
    return socket;
  };
  const stop = () => closeGracefully(() => new Promise((resolve) => void server.close(() => resolve())));
  return { server, send, stop };
};

const allOf = async (socket: Socket): Promise<string> => {
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  await once(socket, 'close');
  return received;
};

it('closes connections that were never used', async () => {
  const { send, stop } = await start(600_000);
  const unused = allOf(await send(''));
  await stop();
  expect(await unused).toBe('');
});

it('lets requests in progress finish, also when only a part of one has arrived', async () => {
  const { server, send, stop } = await start(600_000);
  const began = once(server, 'request') as Promise<[unknown, ServerResponse]>;
  const complete = allOf(await send('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n'));
  const [, response] = await began;
  const socket = await send('GET /2 HTTP/1.1\r\n');
  const partial = allOf(socket);
  server.on('request', (_, later: ServerResponse) => later.end('two'));
  const stopped = stop();
  response.end('one');
  expect(await complete).toMatch(/^HTTP\/1\.1 200 .*one/s);
  socket.write('Host: x\r\n\r\n');
  expect(await partial).toMatch(/^HTTP\/1\.1 200 .*two/s);
  await stopped;
});

it('closes requests that take too long', async () => {
  const { send, stop } = await start(1);
  const unanswered = allOf(await send('GET / HTTP/1.1\r\nHost: x\r\n\r\n'));
  await stop();
  expect(await unanswered).toBe('');
});

it('while the service drains, each response ends its connection', async () => {
  const { server, send } = await start(600_000);
  const draining = new AbortController();
  endConnectionsWhen(server, draining.signal);
  server.on('request', (_, response: ServerResponse) => response.writeHead(202, { 'x-other': 'kept' }).end());
  const socket = await send('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
  const [first] = await once(socket, 'data');
  expect(String(first)).toContain('Connection: keep-alive');
  draining.abort();
  socket.write('GET /2 HTTP/1.1\r\nHost: x\r\n\r\n');
  expect(await allOf(socket)).toMatch(/^HTTP\/1\.1 202 .*\r\nconnection: close\r\nx-other: kept/is);
});
