import { chmodSync, copyFileSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackDebianPackages } from './debian-packages.mjs';
import { natsRelease } from './nats-releases.mjs';
import { platform } from './platform.mjs';
import { findProgram, inScratchFolder } from './program.mjs';
import { endOf, run, SetUpError, say, toolchain } from './steps.mjs';

const folder = join(toolchain, 'nats');
const unpacked = join(folder, 'nats-server');

/**
 * Finds nats-server: `NATS_SERVER_BIN`, the one on PATH, or the one unpacked earlier. Otherwise unpacks the distribution's package or, if
 * that fails, the official release. Nothing is installed outside the toolchain folder, and root is not needed.
 *
 * @returns the program's path
 */
export const setUpNatsServer = async ({ node }) => {
  const found = findProgram('nats-server', { variable: 'NATS_SERVER_BIN', unpacked });
  if (found) return found;
  const failures = [];
  for (const source of [fromDistribution, fromRelease]) {
    const failure = await inScratchFolder(folder, (scratch) => source(scratch, node));
    if (!failure) return unpacked;
    failures.push(failure);
  }
  throw new SetUpError(
    `nats-server could not be installed.\n${failures.join('\n')}`,
    'install nats-server yourself, then run NATS_SERVER_BIN=/path/to/nats-server npm start',
  );
};

const fromDistribution = async (scratch) => {
  say("downloading the distribution's nats-server package and unpacking it into .toolchain/nats");
  const { files, failure } = await unpackDebianPackages(scratch, ['nats-server']);
  return failure ?? keep(join(files, 'usr/sbin/nats-server'));
};

const fromRelease = async (scratch, node) => {
  const [name, sha256] = natsRelease.archives[platform];
  const archive = `nats-server-v${natsRelease.version}-${name}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${natsRelease.version}/${archive}.tar.gz`;
  say(`downloading ${url}`);
  const file = join(scratch, 'nats-server.tar.gz');
  const program = join(dirname(fileURLToPath(import.meta.url)), 'download.mjs');
  const download = await run(node, [program, url, file, sha256], { env: { NODE_USE_ENV_PROXY: '1' } });
  if (download.code !== 0) return endOf(download.output);
  const unpack = await run('tar', ['-xzf', file, '-C', scratch]);
  if (unpack.code !== 0) return `tar: ${endOf(unpack.output)}`;
  return keep(join(scratch, archive, 'nats-server'));
};

/** Returns what went wrong, or nothing if the program runs and is in place. */
const keep = async (program) => {
  const copy = `${unpacked}.new`;
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  const { code, output } = await run(copy, ['--version']);
  if (code !== 0) return `${program} does not run: ${endOf(output)}`;
  renameSync(copy, unpacked);
  return undefined;
};
