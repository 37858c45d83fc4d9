import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DockerfileParser, type Instruction } from 'dockerfile-ast';
import { repositoryRoot } from '../system/repository.ts';

export interface Image {
  readonly stage: readonly Instruction[];
  readonly user: string;
  readonly workdir: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly healthcheck: string;
}

/** What a stage of the Dockerfile sets for its containers. Build arguments are left as they are written. */
export const readImage = (name = 'image'): Image => {
  const text = readFileSync(join(repositoryRoot, 'infra/docker/Dockerfile'), 'utf8');
  const instructions = DockerfileParser.parse(text).getInstructions();
  const start = instructions.findIndex(
    (one) => one.getKeyword() === 'FROM' && one.getArgumentsContent()?.endsWith(` AS ${name}`),
  );
  const after = instructions.slice(start + 1);
  const end = after.findIndex((one) => one.getKeyword() === 'FROM');
  const stage = end === -1 ? after : after.slice(0, end);
  const last = (keyword: string): string =>
    stage.findLast((one) => one.getKeyword() === keyword)?.getArgumentsContent() ?? '';
  return {
    stage,
    user: last('USER'),
    workdir: last('WORKDIR'),
    entrypoint: JSON.parse(last('ENTRYPOINT')) as string[],
    command: JSON.parse(last('CMD')) as string[],
    env: pairsOf(last('ENV')),
    labels: pairsOf(last('LABEL')),
    healthcheck: last('HEALTHCHECK'),
  };
};

const pairsOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/([\w.]+)=(?:"([^"]*)"|(\S+))/g)].map(([, name = '', quoted, bare = '']) => [
      name,
      quoted ?? bare,
    ]),
  );
