import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { commandLineOf, identifyProcess, isRunning, type ProcessIdentity } from './identity.ts';

/** A file next to the data directory. It records which server process runs on the directory, and which process started it. */
interface RunFile {
  readonly server: ProcessIdentity;
  readonly owner: ProcessIdentity;
}

const runFileOf = (dataDir: string): string => `${dataDir}.run.json`;

export const writeRunFile = async (dataDir: string, pid: number): Promise<void> => {
  const [server, owner] = await Promise.all([identifyProcess(pid), identifyProcess(process.pid)]);
  if (!server || !owner) return;
  const path = runFileOf(dataDir);
  writeFileSync(`${path}.new`, JSON.stringify({ server, owner } satisfies RunFile), { mode: 0o600 });
  renameSync(`${path}.new`, path);
};

export const removeRunFile = (dataDir: string): void => rmSync(runFileOf(dataDir), { force: true });

/**
 * The server that an earlier owner left running on this directory, or null. `marker` is a text that only its command line contains.
 * The server itself writes `pidFile`, which is used if the owner was killed before it wrote the run file.
 *
 * @throws Error if the owner is still alive, since its server must not be ended here
 */
export const findOrphan = async (
  dataDir: string,
  { marker, pidFile }: { marker: string; pidFile: string },
): Promise<ProcessIdentity | null> => {
  const known = readRunFile(dataDir);
  const server = known?.server ?? (await identifyProcess(readPid(pidFile)));
  if (!server || !(await isRunning(server)) || !(await commandLineOf(server.pid)).includes(marker))
    return null;
  if (known && known.owner.pid !== process.pid && (await isRunning(known.owner))) {
    throw new Error(`${dataDir} is in use by process ${known.owner.pid}. Stop that one first.`);
  }
  return server;
};

/**
 * Removes a server's own pid file if another program has reused that pid. Otherwise Postgres would treat any process of its user as a
 * running server and would not start. It still detects sessions that outlive a server, by their shared memory.
 */
export const removeForeignPidFile = async ({
  marker,
  pidFile,
}: {
  marker: string;
  pidFile: string;
}): Promise<void> => {
  const process = await identifyProcess(readPid(pidFile));
  if (process && !(await commandLineOf(process.pid)).includes(marker)) rmSync(pidFile, { force: true });
};

const readRunFile = (dataDir: string): RunFile | null => {
  try {
    return JSON.parse(readFileSync(runFileOf(dataDir), 'utf8')) as RunFile;
  } catch {
    return null;
  }
};

const readPid = (path: string): number => {
  try {
    return Number.parseInt(readFileSync(path, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
};
