import { existsSync } from 'node:fs';
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
};
