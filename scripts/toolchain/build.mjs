import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, root, run, SetUpError, say } from './steps.mjs';

const tsc = join(root, 'node_modules/typescript/bin/tsc');
const bundle = join(root, 'scripts/toolchain/bundle.mjs');

/** Compiles and bundles what has changed since the last build. */
export const build = async ({ node, path }) => {
  if (!existsSync(join(root, 'services/standalone/dist'))) say('compiling');
  const runNode = (...args) => run(node, args, { env: { PATH: path } });
  // Neither reads what the other one writes.
  const steps = await Promise.all([runNode(tsc, '-b'), runNode(bundle)]);
  const failed = steps.find(({ code }) => code !== 0);
  if (failed) {
    throw new SetUpError(
      `The sources do not compile:\n${endOf(failed.output)}`,
      'correct the errors above, then run npm run check',
    );
  }
  await noteRevision();
};

/** Notes the commit that was compiled, for `--version`. An archive without Git has none; an image says it by a variable. */
const noteRevision = async () => {
  const head = await run('git', ['rev-parse', 'HEAD']);
  if (head.code !== 0) return;
  const { output } = await run('git', ['status', '--porcelain', '--untracked-files=no']);
  const revision = `${head.output.trim()}${output.trim() === '' ? '' : '-dirty'}`;
  const services = readdirSync(join(root, 'services')).map((name) => join(root, 'services', name));
  for (const folder of [join(root, 'packages/runtime'), ...services])
    if (existsSync(join(folder, 'dist'))) writeFileSync(join(folder, 'dist/revision'), `${revision}\n`);
};
