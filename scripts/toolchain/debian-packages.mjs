import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, run } from './steps.mjs';

/**
 * Downloads packages of the distribution and unpacks them into `<scratch>/files`; nothing is installed. Works with empty apt lists and
 * without root: apt's state, cache and locks are in the scratch folder.
 *
 * @param withDependencies whether to include dependencies that this machine lacks
 * @returns `{ files }`, the folder, or `{ failure }`, the reason
 */
export const unpackDebianPackages = async (scratch, names, { withDependencies = false } = {}) => {
  if (process.platform !== 'linux')
    return { failure: 'This system has no distribution packages that apt-get can download.' };
  const archives = join(scratch, 'cache/archives');
  const files = join(scratch, 'files');
  for (const directory of [join(scratch, 'state/lists/partial'), join(archives, 'partial'), files]) {
    mkdirSync(directory, { recursive: true });
  }
  const options = [
    `Dir::State=${join(scratch, 'state')}`,
    `Dir::State::Lists=${join(scratch, 'state/lists')}`,
    `Dir::Cache=${join(scratch, 'cache')}`,
    'Acquire::Languages=none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false',
    'APT::Sandbox::User=',
    'Debug::NoLocking=true',
  ].flatMap((option) => ['-o', option]);
  const apt = (...args) => run('apt-get', [...options, '-q', ...args], { cwd: archives, env: proxies() });
  // A source that this machine lists may be unreachable. What matters is whether the packages are found.
  const update = await apt('update');
  const download = withDependencies
    ? await apt('install', '--download-only', '--reinstall', '--no-install-recommends', '--yes', ...names)
    : await apt('download', ...names);
  const found = readdirSync(archives).filter((name) => name.endsWith('.deb'));
  if (download.code !== 0 || found.length === 0) {
    return { failure: `apt-get: ${endOf((update.code === 0 ? download : update).output)}` };
  }
  for (const archive of found) {
    const unpack = await run('dpkg-deb', ['-x', join(archives, archive), files]);
    if (unpack.code !== 0) return { failure: `dpkg-deb: ${endOf(unpack.output)}` };
  }
  return { files };
};

/** apt reads these names only in lower case. */
const proxies = () =>
  Object.fromEntries(
    ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY']
      .filter((name) => process.env[name] && !process.env[name.toLowerCase()])
      .map((name) => [name.toLowerCase(), process.env[name]]),
  );
