import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, isExecutable } from '../process/find-program.ts';

/** Where set-up puts the program if the machine does not have it. */
const toolchain = join(import.meta.dirname, '../../../../.toolchain/nats/nats-server');

/**
 * `NATS_SERVER_BIN`, otherwise the program on PATH, otherwise the one that set-up unpacked.
 *
 * @throws Error if there is none
 */
export const locateNatsServer = (env: NodeJS.ProcessEnv = process.env): string => {
  if (env.NATS_SERVER_BIN) {
    if (isExecutable(env.NATS_SERVER_BIN)) return env.NATS_SERVER_BIN;
    throw new Error(`NATS_SERVER_BIN names ${env.NATS_SERVER_BIN}, which cannot be run.`);
  }
  const found = findProgram('nats-server', toolchain, env);
  if (!found) {
    throw new Error('nats-server was not found. Run `npm start` once to set it up, or set NATS_SERVER_BIN.');
  }
  return found;
};

/** Resolves to [major, minor]. */
export const natsServerVersion = async (binary: string): Promise<readonly [number, number]> => {
  const { stdout } = await promisify(execFile)(binary, ['--version']);
  const [, major, minor] = /v(\d+)\.(\d+)/.exec(stdout) ?? [];
  if (!major || !minor) throw new Error(`${binary} did not report its version: ${stdout.trim()}`);
  return [Number(major), Number(minor)];
};
