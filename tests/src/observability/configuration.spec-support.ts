import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ComposeFile,
  composePath,
  readComposeFile,
  serviceIn,
} from '../containers/compose-file.spec-support.ts';
import { repositoryRoot } from '../system/repository.ts';

export const compose: ComposeFile = readComposeFile(composePath);

/** The file or folder of this repository that a container of docker-compose.yml has at the path. */
export const mountedAt = (service: string, path: string): string => {
  for (const volume of serviceIn(compose, service).volumes ?? []) {
    const [source = '', target = ''] = volume.split(':');
    const isBelow = path === target || path.startsWith(`${target}/`);
    if (source.startsWith('./') && isBelow) return join(repositoryRoot, source, path.slice(target.length));
  }
  throw new Error(`${service} has nothing of this repository at ${path}.`);
};

/** The configuration file that the container's command names, in this repository. */
export const configurationOf = (service: string): string => {
  const { command = [] } = serviceIn(compose, service);
  const [, path = ''] = /config(?:\.file)?=(\S+)/.exec(command.join(' ')) ?? [];
  return mountedAt(service, path);
};

export const read = (path: string): string => readFileSync(join(repositoryRoot, path), 'utf8');
