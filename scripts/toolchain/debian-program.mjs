import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unpackDebianPackages } from './debian-packages.mjs';
import { findProgram, inScratchFolder } from './program.mjs';
import { endOf, run, say, toolchain } from './steps.mjs';

/** Runs the program with the libraries that were unpacked next to it, wherever the folder is. */
const launcherOf = (name) => `#!/bin/sh
files="$(dirname "$0")/files"
for directory in "$files"/usr/lib/*-linux-gnu "$files"/lib/*-linux-gnu; do
  LD_LIBRARY_PATH="$directory\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$files/usr/bin/${name}" "$@"
`;

/** Runs a program written in Python with the modules that were unpacked next to it, and those that the distribution's Python has. */
const pythonLauncherOf = (name) => `#!/bin/sh
files="$(dirname "$0")/files"
export PYTHONPATH="$files/usr/lib/python3/dist-packages"
python=/usr/bin/python3
[ -x "$python" ] || python="$files/usr/bin/python3"
exec "$python" "$files/usr/bin/${name}" "$@"
`;

/**
 * Finds a program that only tests or measurements need: the one that `variable` names, the one on PATH, or one unpacked earlier. Otherwise
 * unpacks the distribution's packages. Nothing is installed outside the toolchain folder, and root is not needed.
 *
 * @param packages the package with the program, and further packages that it needs but does not declare as dependencies
 * @param withDependencies false for a program that needs only the C library, while its package names much else
 * @param version the argument that shows whether it runs
 * @param launcher the script that runs the unpacked program
 * @param without what happens to its users if it is unavailable
 * @returns the program's path, or undefined if it is unavailable
 */
const setUpDebianProgram = async ({
  name,
  variable,
  packages,
  withDependencies = true,
  version,
  launcher = launcherOf,
  without,
}) => {
  const folder = join(toolchain, name);
  const unpacked = join(folder, name);
  const found = findProgram(name, { variable, unpacked });
  if (found) return found;
  const failure = await inScratchFolder(folder, async (scratch) => {
    say(`downloading the distribution's ${packages[0]} package and unpacking it into .toolchain/${name}`);
    const { failure } = await unpackDebianPackages(scratch, packages, { withDependencies });
    if (failure) return failure;
    const program = join(scratch, name);
    writeFileSync(program, launcher(name));
    chmodSync(program, 0o755);
    const { code, output } = await run(program, [version]);
    if (code !== 0) return `${name} does not run: ${endOf(output)}`;
    rmSync(join(folder, 'files'), { recursive: true, force: true });
    renameSync(join(scratch, 'files'), join(folder, 'files'));
    renameSync(program, unpacked);
    return undefined;
  });
  if (!failure) return unpacked;
  say(`continuing without ${name}: ${without}. ${failure}`);
  return undefined;
};

export const setUpRedisServer = () =>
  setUpDebianProgram({
    name: 'redis-server',
    variable: 'REDIS_SERVER_BIN',
    // The first contains a link to a program in the second.
    packages: ['redis-server', 'redis-tools'],
    version: '--version',
    without: 'the tests that need it are skipped',
  });

/** The first Compose, which reads docker-compose.yml without a Docker engine. */
export const setUpDockerCompose = () =>
  setUpDebianProgram({
    name: 'docker-compose',
    variable: 'DOCKER_COMPOSE_BIN',
    packages: ['docker-compose'],
    version: 'version',
    launcher: pythonLauncherOf,
    without: 'the test that reads docker-compose.yml with it is skipped',
  });

/** ApacheBench: a load generator that uses little of the machine compared with what it measures. */
export const setUpApacheBench = () =>
  setUpDebianProgram({
    name: 'ab',
    variable: 'AB_BIN',
    packages: ['apache2-utils'],
    version: '-V',
    without: 'ingest cannot be measured',
  });

/** Checks and tests alert rules. */
export const setUpPromtool = () =>
  setUpDebianProgram({
    name: 'promtool',
    variable: 'PROMTOOL_BIN',
    packages: ['prometheus'],
    withDependencies: false,
    version: '--version',
    without: 'the tests of alert rules are skipped',
  });
