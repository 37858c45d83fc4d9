import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../system/repository.ts';

/** A command in a document: its program and arguments, without quotes, variables in front of it, pipes and redirections. */
export interface Command {
  readonly words: readonly string[];
  readonly document: string;
}

const pages = globSync(
  [
    '*.md',
    'docs/**/*.md',
    'infra/**/*.md',
    'packages/*/README.md',
    'services/*/README.md',
    'tests/README.md',
  ],
  { cwd: repositoryRoot },
);
/** Their comments show commands. */
const configurationFiles = globSync(
  ['docker-compose.yml', 'infra/docker/*', 'infra/kubernetes/examples/*.yaml'],
  { cwd: repositoryRoot },
);

/** Texts of a page that are shell: the blocks, and everything in backticks. */
const shellIn = (page: string): string[] => [
  ...[...page.matchAll(/^ *```sh\n(.*?)^ *```/gms)].map(([, block = '']) => block),
  ...[...page.replace(/^ *```.*?^ *```/gms, '').matchAll(/`([^`]+)`/g)].map(([, code = '']) => code),
];

const commentsIn = (file: string): string[] =>
  [...file.matchAll(/^\s*#\s+(.+)$/gm)].map(([, text = '']) => text);

const comment = /#.*/y;
const separator = /&&|\|\||[|;&\n]/y;
const redirection = /\d*(?:>>?|<(?![a-z][\w -]*>))(?:&\d)?/y;
/** A `<placeholder>` is part of a word; so is a command that the shell would replace by its output. */
const word = /(?:'[^']*'|"(?:\$\([^()]*\)|\\.|[^"\\])*"|\$\([^()]*\)|<[a-z][\w -]*>|\\.|[^\s'"|&;<>()\\])+/y;
const unquoted = (text: string) =>
  text.replaceAll(/'([^']*)'|"((?:\$\([^()]*\)|\\.|[^"\\])*)"/g, (_, single, double) => single ?? double);

/** The commands of a shell text, each as its words. */
export const commandsIn = (shell: string): string[][] => {
  const text = shell.replaceAll(/\\\n\s*/g, '');
  const commands: string[][] = [[]];
  let [at, toFile] = [0, false];
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    at += match?.[0].length ?? 0;
    return match;
  };
  while (at < text.length) {
    if (read(comment)) continue;
    const redirected = read(redirection)?.[0];
    if (redirected !== undefined) {
      toFile = !redirected.includes('&');
      continue;
    }
    const found = read(word)?.[0];
    if (found !== undefined) {
      if (!toFile) commands.at(-1)?.push(unquoted(found));
      toFile = false;
    } else if (read(separator)) commands.push([]);
    else at += 1;
  }
  return commands
    .map((words) => words.slice(words.findIndex((one) => !/^[A-Z_]+=/.test(one))))
    .filter((words) => words.length > 1);
};

const textsOf = (document: string): string[] => {
  const text = readFileSync(join(repositoryRoot, document), 'utf8');
  return pages.includes(document) ? shellIn(text) : commentsIn(text);
};

/** Every command in the documents that begins with these words. */
export const documented = (...program: readonly string[]): Command[] =>
  [...pages, ...configurationFiles].flatMap((document) =>
    textsOf(document)
      .flatMap(commandsIn)
      .filter((words) => program.every((one, n) => words[n] === one) && words.length > program.length)
      .map((words) => ({ words, document })),
  );

/** The same command once, with all documents that have it: a title and the words, for `test.each`. */
export const distinct = (commands: readonly Command[]): [string, readonly string[]][] => {
  const byText = Map.groupBy(commands, ({ words }) => words.join(' '));
  return [...byText].map(([text, same]) => [
    `${text} (${[...new Set(same.map(({ document }) => document))].join(', ')})`,
    same[0]?.words ?? [],
  ]);
};
