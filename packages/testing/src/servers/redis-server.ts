import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';

/** Where set-up puts the program when the machine has none. */
const toolchain = join(import.meta.dirname, '../../../../.toolchain/redis-server/redis-server');

/** `REDIS_SERVER_BIN`, else the program on PATH, else the one that set-up unpacked. */
export const locateRedisServer = (env: NodeJS.ProcessEnv = process.env): string | undefined => {
  if (env.REDIS_SERVER_BIN) return env.REDIS_SERVER_BIN;
  const onPath = (env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'redis-server'));
  return [...onPath, toolchain].find(isExecutable);
};

/** Asks whether the server on the port takes the password. */
export const askRedis = (port: number, password: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
      if (answer.split('\r\n').length > 2) socket.end();
    });
    socket.once('error', reject);
    socket.once('close', () =>
      answer === '+OK\r\n+PONG\r\n' ? resolve() : reject(new Error(`Redis answers ${answer}`)),
    );
  });

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
