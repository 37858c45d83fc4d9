import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, root, run, SetUpError, say } from './steps.mjs';

const stamp = join(root, 'node_modules', '.installed-for');
const workspaceFolders = ['packages', 'services'];

/** Installs the workspace's packages if the files that declare them have changed since the last time. */
export const installPackages = async ({ pnpm, path }) => {
  const wanted = fingerprint();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  say('installing packages with pnpm');
  const { code, output } = await run(
    pnpm,
    ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'],
    {
      env: { PATH: path },
    },
  );
  if (code !== 0) {
    const outdated = /ERR_PNPM_(OUTDATED_LOCKFILE|LOCKFILE_CONFIG_MISMATCH)/.test(output);
    throw new SetUpError(
      `pnpm could not install the packages:\n${endOf(output)}`,
      outdated
        ? `${pnpm} install --no-frozen-lockfile`
        : 'rm -rf node_modules, then try again; behind a proxy, set HTTPS_PROXY; with a mirror, run `npm config set registry`',
    );
  }
  writeFileSync(stamp, wanted);
};

const fingerprint = () => {
  const manifests = workspaceFolders.flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(folder, name, 'package.json')),
  );
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tests/package.json', ...manifests];
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files.filter((name) => existsSync(join(root, name))).sort()) {
    hash.update(`\n${file}\n`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
};
