import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endOf, root, run, say } from './steps.mjs';

/**
 * Compiles programs with Go, which has to be on PATH, into the folder. A program that cannot be compiled is left out, and the tests that
 * need it are skipped. Go's caches are in the folder meanwhile; they are removed at the end.
 *
 * @param programs what to pass to `go install`, and the folder of the Go module that has the versions and checksums, if there is one
 */
export const installGoPrograms = async (folder, programs) => {
  mkdirSync(folder, { recursive: true });
  const caches = join(folder, 'go');
  const env = {
    GOBIN: folder,
    GOMODCACHE: join(caches, 'modules'),
    GOCACHE: join(caches, 'build'),
    GOFLAGS: '-modcacherw -buildvcs=false',
  };
  try {
    for (const { name, install, module = '.' } of programs) {
      say(`compiling ${name}`);
      const { code, output } = await run('go', ['install', install], { env, cwd: join(root, module) });
      if (code !== 0) say(`${name} is not installed: ${endOf(output)}`);
    }
  } finally {
    if (existsSync(caches)) rmSync(caches, { recursive: true, force: true });
  }
};
