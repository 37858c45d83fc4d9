import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { getContainerRuntimeClient } from 'testcontainers';
import { repositoryRoot } from '../system/repository.ts';

const run = promisify(execFile);

/** Why containers cannot be started here, or null. */
export const noDocker = async (): Promise<string | null> => {
  try {
    await getContainerRuntimeClient();
  } catch (error) {
    return `needs Docker: ${(error as Error).message}`;
  }
  return run('docker', ['compose', 'version']).then(
    () => null,
    () => 'needs the Compose plugin of Docker',
  );
};

/** Runs a Docker command in the repository. Resolves to its standard output. @throws with its errors */
export const docker = async (
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> => {
  const { stdout } = await run('docker', args, {
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout.trim();
};

export const imageTag = 'mission-control-webhooks:test';

/** Builds the image as the documentation says. Layers that did not change come from the cache. */
export const buildImage = (): Promise<string> =>
  docker([
    'build',
    '--file=infra/docker/Dockerfile',
    `--tag=${imageTag}`,
    '--build-arg=MISSION_CONTROL_REVISION=0123abc',
    '--build-arg=MISSION_CONTROL_SOURCE=https://source.test',
    '.',
  ]);
