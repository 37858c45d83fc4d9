import { connect } from 'node:net';
import { join } from 'node:path';
import { findProgram } from '@mission-control/embedded-servers';

/** Where set-up puts the program if the machine does not have it. */
const toolchain = join(import.meta.dirname, '../../../.toolchain/redis-server/redis-server');

/** `REDIS_SERVER_BIN`, otherwise the program on PATH, otherwise the one that set-up unpacked. */
export const locateRedisServer = (env: NodeJS.ProcessEnv = process.env): string | undefined =>
  env.REDIS_SERVER_BIN || findProgram('redis-server', toolchain, env);

/** Checks that the server on the port accepts the password. */
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
