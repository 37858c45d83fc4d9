import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, root, run, SetUpError, say } from './steps.mjs';

/** Compiles what has changed since the last build. */
export const build = async ({ node, path }) => {
  if (!existsSync(join(root, 'services/standalone/dist'))) say('compiles');
  const { code, output } = await run(node, [join(root, 'node_modules/typescript/bin/tsc'), '-b'], {
    env: { PATH: path },
  });
  if (code !== 0) {
    throw new SetUpError(
      `The sources do not compile:\n${endOf(output)}`,
      'mend the errors above, then npm run check',
    );
  }
};
