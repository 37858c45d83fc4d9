import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { expect, test } from 'vitest';
import { startTestNats } from './test-nats.ts';

const login = { user: 'test', pass: 'test' };

test('a crash keeps the contents of a stream, losing the data does not', async () => {
  const nats = await startTestNats();
  const streams = async () => {
    const connection = await connect({ servers: `127.0.0.1:${nats.port}`, ...login });
    const names = await (await jetstreamManager(connection)).streams.names().next();
    await connection.close();
    return names;
  };
  const connection = await connect({ servers: `127.0.0.1:${nats.port}`, ...login });
  await (await jetstreamManager(connection)).streams.add({ name: 'kept', subjects: ['kept'] });
  await connection.close();

  await nats.restart();
  expect(await streams()).toEqual(['kept']);

  await nats.restart({ loseData: true });
  expect(await streams()).toEqual([]);
  await nats.stop();
});

test('the URL includes the credentials', async () => {
  const nats = await startTestNats();
  const { username, password, port } = new URL(nats.url);
  expect({ username, password, port }).toEqual({
    username: 'test',
    password: 'test',
    port: String(nats.port),
  });
  await expect(connect({ servers: `127.0.0.1:${nats.port}`, reconnect: false })).rejects.toThrow();
  await nats.stop();
});
