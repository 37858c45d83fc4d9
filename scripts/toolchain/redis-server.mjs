import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.mjs';
import { findProgram, inScratchFolder } from './program.mjs';
import { endOf, run, say, toolchain } from './steps.mjs';

const folder = join(toolchain, 'redis');
const unpacked = join(folder, 'redis-server');

/** Runs the program with the libraries that were unpacked beside it, wherever the folder is. */
const launcher = `#!/bin/sh
files="$(dirname "$0")/files"
for directory in "$files"/usr/lib/*-linux-gnu "$files"/lib/*-linux-gnu; do
  LD_LIBRARY_PATH="$directory\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$files/usr/bin/redis-server" "$@"
`;

/**
 * Finds redis-server, which only tests need: `REDIS_SERVER_BIN`, PATH, the one unpacked before; else unpacks the distribution's
 * packages. Nothing is installed outside the toolchain folder, and no root is needed.
 *
 * @returns the program's path, or undefined where it cannot be had: its tests are skipped then
 */
export const setUpRedisServer = async () => {
  const found = findProgram('redis-server', { variable: 'REDIS_SERVER_BIN', unpacked });
  if (found) return found;
  const failure = await inScratchFolder(folder, fromDistribution);
  if (!failure) return unpacked;
  say(`goes on without redis-server, the tests that need it are skipped. ${failure}`);
  return undefined;
};

/** Returns what went wrong, or nothing when the program runs and stands in its place. */
const fromDistribution = async (scratch) => {
  say("gets the distribution's redis-server package for the tests and unpacks it into .toolchain/redis");
  // The first is a link to a program in the second.
  const packages = ['redis-server', 'redis-tools'];
  const { failure } = await unpackDebianPackages(scratch, packages, { withDependencies: true });
  if (failure) return failure;
  const program = join(scratch, 'redis-server');
  writeFileSync(program, launcher);
  chmodSync(program, 0o755);
  const { code, output } = await run(program, ['--version']);
  if (code !== 0) return `redis-server does not run: ${endOf(output)}`;
  rmSync(join(folder, 'files'), { recursive: true, force: true });
  renameSync(join(scratch, 'files'), join(folder, 'files'));
  renameSync(program, unpacked);
  return undefined;
};
