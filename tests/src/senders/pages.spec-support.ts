import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../system/repository.ts';

/** A block of a page between ```sh tested=<step> and ```. */
export interface Step {
  readonly name: string;
  readonly script: string;
  /** The prose between this block and the next. */
  readonly saysAfter: string;
}

export interface Page {
  readonly file: string;
  readonly steps: readonly Step[];
}

const folder = join(repositoryRoot, 'docs/senders');
const fence = /^```/m;
const tested = /^sh tested=([a-z]+)\n/;

/** The block with that name of a document, for a test that runs it unchanged. @param document from the root of the repository */
export const blocksOf = async (document: string): Promise<(name: string) => string> => {
  const steps = stepsOf(await readFile(join(repositoryRoot, document), 'utf8'));
  return (wanted) => {
    const step = steps.find(({ name }) => name === wanted);
    if (!step) throw new Error(`${document} has no block ${wanted}`);
    return step.script;
  };
};

/** The pages of docs/senders, with the shell blocks in them that are run unchanged. */
export const readPages = async (): Promise<readonly Page[]> => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.md')).sort();
  return Promise.all(
    files.map(async (file) => ({ file, steps: stepsOf(await readFile(join(folder, file), 'utf8')) })),
  );
};

/** Prose and blocks alternate between the fences. */
const stepsOf = (markdown: string): Step[] =>
  markdown.split(fence).flatMap((part, index, parts) => {
    const name = tested.exec(part)?.[1];
    return name ? [{ name, script: part.replace(tested, ''), saysAfter: parts[index + 1] ?? '' }] : [];
  });

/** A webhook that a page creates, and what the page does with it, in order. */
export interface Tour {
  readonly title: string;
  readonly create: Step;
  readonly steps: readonly Step[];
}

/** A page has one tour per webhook that it creates. */
export const toursOf = ({ file, steps }: Page): Tour[] =>
  steps.flatMap((create, start) => {
    if (create.name !== 'create') return [];
    const next = steps.findIndex(({ name }, index) => index > start && name === 'create');
    const scheme = /"(?:preset|signature_scheme)":"([a-z-]+)"/.exec(create.script)?.[1];
    return [
      {
        title: `${file}, ${scheme}`,
        create,
        steps: steps.slice(start + 1, next === -1 ? undefined : next),
      },
    ];
  });
