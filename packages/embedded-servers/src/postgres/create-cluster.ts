import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { PostgresBinaries } from './binaries.ts';
import type { RunAs } from './run-as.ts';

/**
 * Creates the data directory unless it already holds a cluster. The cluster is built under another name in the same folder and renamed
 * when complete, so a crash leaves nothing that looks like a database. Remains of earlier crashes are removed.
 *
 * @throws Error if the directory contains other files, or initdb fails
 */
export const createCluster = async (options: {
  dataDir: string;
  binaries: PostgresBinaries;
  runAs: RunAs;
  superuser: string;
  password: string;
  durable: boolean;
}): Promise<void> => {
  const { dataDir, runAs } = options;
  await removeUnfinished(dataDir);
  if (await holdsCluster(dataDir)) return;
  const growing = await mkdtemp(unfinishedPrefix(dataDir));
  const passwordFile = `${growing}.password`;
  try {
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (runAs.owner) {
      await chown(growing, runAs.owner.uid, runAs.owner.gid);
      await chown(passwordFile, runAs.owner.uid, runAs.owner.gid);
    }
    await initdb(options, growing, passwordFile);
    await rename(growing, dataDir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(growing, { recursive: true, force: true });
  }
};

const unfinishedPrefix = (dataDir: string): string =>
  join(dirname(dataDir), `.${basename(dataDir)}.unfinished-`);

const removeUnfinished = async (dataDir: string): Promise<void> => {
  const prefix = basename(unfinishedPrefix(dataDir));
  for (const name of await readdir(dirname(dataDir))) {
    if (name.startsWith(prefix)) await rm(join(dirname(dataDir), name), { recursive: true, force: true });
  }
};

const holdsCluster = async (dataDir: string): Promise<boolean> => {
  if (existsSync(join(dataDir, 'PG_VERSION'))) return true;
  try {
    await rmdir(dataDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new Error(`${dataDir} contains files, but no Postgres database (${code}).`);
  }
  return false;
};

const initdb = async (
  {
    binaries,
    runAs,
    superuser,
    durable,
  }: { binaries: PostgresBinaries; runAs: RunAs; superuser: string; durable: boolean },
  directory: string,
  passwordFile: string,
): Promise<void> => {
  const { file, args, options } = runAs.command(binaries.initdb, [
    `--pgdata=${directory}`,
    `--username=${superuser}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    // Many iterations make it slow to guess a password, and every connection slow to open. This password is random.
    '--set=scram_iterations=1',
    '--encoding=UTF8',
    // Text sorts the same on every machine, whatever its locales.
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
  ]);
  const child = spawn(file, args, { ...options, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`initdb failed (${signal ?? `exit code ${code}`}):\n${output.trim()}`);
};
