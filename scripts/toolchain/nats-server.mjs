import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { natsRelease } from './nats-releases.mjs';
import { platform } from './platform.mjs';
import { endOf, run, SetUpError, say, toolchain } from './steps.mjs';

const folder = join(toolchain, 'nats');
const unpacked = join(folder, 'nats-server');

/**
 * Finds nats-server: `NATS_SERVER_BIN`, PATH, the one unpacked before; else unpacks the distribution's package, else the
 * official release. Nothing is installed outside the toolchain folder, and no root is needed.
 *
 * @returns the program's path
 */
export const setUpNatsServer = async ({ node }) => {
  const named = process.env.NATS_SERVER_BIN;
  if (named) {
    if (isExecutable(named)) return named;
    throw new SetUpError(`NATS_SERVER_BIN names ${named}, which cannot be run.`, 'unset NATS_SERVER_BIN');
  }
  const onPath = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, 'nats-server'));
  const found = [...onPath, unpacked].find(isExecutable);
  if (found) return found;
  const failures = [];
  for (const source of [fromDistribution, fromRelease]) {
    const failure = await inScratchFolder((scratch) => source(scratch, node));
    if (!failure) return unpacked;
    failures.push(failure);
  }
  throw new SetUpError(
    `nats-server could not be had.\n${failures.join('\n')}`,
    'install nats-server yourself, then NATS_SERVER_BIN=/path/to/nats-server npm start',
  );
};

/** Works with apt's lists empty and without root: state and cache are folders of our own. */
const fromDistribution = async (scratch) => {
  if (process.platform !== 'linux') return 'A package of the distribution: not on this system.';
  say("gets the distribution's nats-server package and unpacks it into .toolchain/nats");
  const own = ['state/lists/partial', 'cache/archives/partial', 'package', 'files'].map((name) =>
    join(scratch, name),
  );
  for (const directory of own) mkdirSync(directory, { recursive: true });
  const options = [
    `Dir::State=${join(scratch, 'state')}`,
    `Dir::State::Lists=${join(scratch, 'state/lists')}`,
    `Dir::Cache=${join(scratch, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'APT::Sandbox::User=',
  ].flatMap((option) => ['-o', option]);
  const apt = (...args) =>
    run('apt-get', [...options, '-q', ...args], { cwd: join(scratch, 'package'), env: proxies() });
  // Some source that this machine lists may be out of reach; what counts is whether the package is found.
  const update = await apt('update');
  const download = await apt('download', 'nats-server');
  const archive = readdirSync(join(scratch, 'package')).find((name) => name.endsWith('.deb'));
  if (download.code !== 0 || !archive) {
    const failed = update.code === 0 ? download : update;
    return `apt-get: ${endOf(failed.output)}`;
  }
  const files = join(scratch, 'files');
  const unpack = await run('dpkg-deb', ['-x', join(scratch, 'package', archive), files]);
  if (unpack.code !== 0) return `dpkg-deb: ${endOf(unpack.output)}`;
  return keep(join(files, 'usr/sbin/nats-server'));
};

const fromRelease = async (scratch, node) => {
  const [name, sha256] = natsRelease.archives[platform];
  const archive = `nats-server-v${natsRelease.version}-${name}`;
  const url = `https://github.com/nats-io/nats-server/releases/download/v${natsRelease.version}/${archive}.tar.gz`;
  say(`gets ${url}`);
  const file = join(scratch, 'nats-server.tar.gz');
  const program = join(dirname(fileURLToPath(import.meta.url)), 'download.mjs');
  const download = await run(node, [program, url, file, sha256], { env: { NODE_USE_ENV_PROXY: '1' } });
  if (download.code !== 0) return endOf(download.output);
  const unpack = await run('tar', ['-xzf', file, '-C', scratch]);
  if (unpack.code !== 0) return `tar: ${endOf(unpack.output)}`;
  return keep(join(scratch, archive, 'nats-server'));
};

/** Returns what went wrong, or nothing when the program runs and stands in its place. */
const keep = async (program) => {
  const copy = `${unpacked}.new`;
  copyFileSync(program, copy);
  chmodSync(copy, 0o755);
  const { code, output } = await run(copy, ['--version']);
  if (code !== 0) return `${program} does not run: ${endOf(output)}`;
  renameSync(copy, unpacked);
  return undefined;
};

const inScratchFolder = async (work) => {
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'unpack-'));
  try {
    return await work(scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
};

/** apt reads these names in lower case only. */
const proxies = () =>
  Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
      .filter((name) => process.env[name] && !process.env[name.toLowerCase()])
      .map((name) => [name.toLowerCase(), process.env[name]]),
  );

const isExecutable = (path) => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};
