import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, root, run, SetUpError, say } from './steps.mjs';

/** Compiles what has changed since the last build. */
export const build = async ({ node, path }) => {
  if (!existsSync(join(root, 'services/standalone/dist'))) say('compiling');
  const { code, output } = await run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
    env: { PATH: path },
  });
  if (code !== 0) {
    throw new SetUpError(
      `The sources do not compile:\n${endOf(output)}`,
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
  writeFileSync(join(root, 'packages/runtime/dist/revision'), `${revision}\n`);
};
