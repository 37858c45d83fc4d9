import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { inScratchFolder } from './program.mjs';
import { endOf, run, SetUpError, say, toolchain } from './steps.mjs';

/** The version of the OpenClaw gateway that the simulator follows. */
const version = '2026.9.6';

const folder = join(toolchain, 'openclaw');
const installed = join(folder, version);
const programOf = (prefix) => join(prefix, 'node_modules/openclaw/openclaw.mjs');

/**
 * Finds the real OpenClaw gateway: `OPENCLAW_BIN`, or the one installed earlier. Otherwise installs it from npm into the toolchain
 * folder (650 MB).
 *
 * @returns the variables for programs that start it: `OPENCLAW_BIN`, or `OPENCLAW_MISSING` with the reason
 */
export const setUpOpenClaw = async ({ path }) => {
  const named = process.env.OPENCLAW_BIN;
  if (named && !existsSync(named)) {
    throw new SetUpError(`OPENCLAW_BIN names ${named}, which does not exist.`, 'unset OPENCLAW_BIN');
  }
  if (named) return { OPENCLAW_BIN: named };
  if (!existsSync(programOf(installed))) {
    const failure = await inScratchFolder(folder, (scratch) => install(scratch, path));
    if (failure) {
      say(`continuing without the OpenClaw gateway: the tests that need it are skipped. ${failure}`);
      return { OPENCLAW_MISSING: `openclaw ${version} could not be installed: ${failure}` };
    }
  }
  return { OPENCLAW_BIN: programOf(installed) };
};

/** Returns what went wrong, or nothing if the package is in place. */
const install = async (scratch, path) => {
  say(`installing openclaw@${version} from npm into .toolchain/openclaw (650 MB)`);
  const prefix = join(scratch, version);
  const args = ['install', '--prefix', prefix, '--no-save', '--no-package-lock', '--ignore-scripts'];
  const { code, output } = await run('npm', [...args, '--no-audit', '--no-fund', `openclaw@${version}`], {
    env: { PATH: path },
  });
  if (code !== 0) return `npm: ${endOf(output)}`;
  const check = await run('node', [programOf(prefix), '--version'], { env: { PATH: path } });
  if (check.code !== 0) return `openclaw does not run: ${endOf(check.output)}`;
  renameSync(prefix, installed);
  return undefined;
};
