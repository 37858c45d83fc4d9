import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from '../system/repository.ts';

/** A call of `docker compose` in a runbook, and what it was given on standard input. */
export interface ComposeCall {
  readonly args: readonly string[];
  readonly input: string;
}

/** The shell commands below a heading of a page in docs/operations. */
export const commandsBelow = (page: string, heading: string): string[] => {
  const text = readFileSync(join(repositoryRoot, 'docs/operations', page), 'utf8');
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`${page} has no heading ${heading}.`);
  return [...section.matchAll(/^```sh\n(.*?)^```/gms)].map(([, commands = '']) => commands);
};

/** The containers that a call replaces. */
export const replacedBy = ({ args }: ComposeCall): string[] =>
  args[0] === 'up' ? args.slice(1).filter((argument) => !argument.startsWith('--')) : [];

const recorder = `#!/bin/sh
shift
{ for argument in "$@"; do printf '%s\\037' "$argument"; done; printf '\\036'; cat; printf '\\035'; } >> "$CALLS"
`;

/**
 * Runs the commands in a folder with `secrets/`, as in the repository. Calls of `docker compose` are recorded instead, because there is
 * no engine; the caller does what they ask for.
 */
export const runCommands = async (commands: string, folder: string): Promise<ComposeCall[]> => {
  const programs = mkdtempSync(join(tmpdir(), 'mission-control-runbook-'));
  try {
    const calls = join(programs, 'calls');
    await writeFile(calls, '');
    await writeFile(join(programs, 'docker'), recorder, { mode: 0o755 });
    await symlink(join(repositoryRoot, 'infra'), join(folder, 'infra')).catch(() => {});
    const shell = promisify(execFile)('sh', ['-eu', '-c', commands], {
      cwd: folder,
      env: { PATH: `${programs}:${process.env.PATH}`, CALLS: calls },
    });
    shell.child.stdin?.end();
    await shell;
    return readFileSync(calls, 'utf8')
      .split('\u001d')
      .slice(0, -1)
      .map((call) => {
        const [args = '', input = ''] = call.split('\u001e');
        return { args: args.split('\u001f').slice(0, -1), input };
      });
  } finally {
    await rm(programs, { recursive: true });
  }
};
