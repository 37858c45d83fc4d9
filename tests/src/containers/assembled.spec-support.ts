import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../system/repository.ts';
import { readImage } from './image.spec-support.ts';

const run = promisify(execFile);

/** Root can run the services as the image does; another user can only take its own right to write. */
export const isRoot = process.getuid?.() === 0;

export interface AssembledImage {
  /** What is /app in the image, with a slash at the end. Nobody who runs a service can write there. */
  readonly root: string;
  readonly env: Readonly<Record<string, string>>;
  /** The image's user, if this process may become it. */
  readonly uid: number | undefined;
  /** A folder in which services keep compiled modules, which every user may write to. The image has none. */
  readonly compileCache: string;
  readonly remove: () => Promise<void>;
}

/** Runs the image's last build step as a plain process: what is built is put into a folder, which is then made read-only. */
export const assembleImage = async (): Promise<AssembledImage> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-image-'));
  const root = join(folder, 'app');
  await run(process.execPath, [join(repositoryRoot, 'infra/docker/assemble.mjs'), root], {
    cwd: repositoryRoot,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    maxBuffer: 16 * 1024 * 1024,
  });
  await run('chmod', ['-R', 'go-w', root]);
  if (!isRoot) await run('chmod', ['-R', 'a-w', root]);
  await chmod(folder, 0o755);
  const compileCache = join(folder, 'compiled');
  await mkdir(compileCache);
  await chmod(compileCache, 0o777);
  const { env, user } = readImage();
  return {
    root: `${root}/`,
    env: { ...env, MISSION_CONTROL_REVISION: '0123abc' },
    uid: isRoot ? Number(user.split(':')[0]) : undefined,
    compileCache,
    remove: async () => {
      if (!isRoot) await run('chmod', ['-R', 'u+w', root]);
      await rm(folder, { recursive: true, force: true });
    },
  };
};
