import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createServer } from './create-server.ts';
import { listen } from './listen.ts';

it('ends requests that take too long, and idle connections', () => {
  const { server } = createServer();
  expect([server.headersTimeout, server.requestTimeout, server.keepAliveTimeout]).toEqual([
    10_000, 30_000, 65_000,
  ]);
});

it('answers a request whose headers do not arrive in time', async () => {
  const server = createServer();
  onTestFinished(() => server.close());
  const socket = connect(await listen(server, '127.0.0.1', 0), '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nX-Slow: ');
  await new Promise((resolve) => socket.once('close', resolve));
  expect(received).toMatch(/^HTTP\/1.1 408 [\s\S]*"code":"request_timeout"/);
});

it('names HOST if it is not an address of this machine', async () => {
  const server = createServer();
  onTestFinished(() => server.close());
  await expect(listen(server, '192.0.2.1', 0)).rejects.toThrow(
    'HOST 192.0.2.1 is not an address of this machine',
  );
});
