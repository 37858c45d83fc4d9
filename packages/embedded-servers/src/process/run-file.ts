import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { commandLineOf, identifyProcess, isRunning, type ProcessIdentity } from './identity.ts';

/** Beside the data directory: which server process runs on it, and which process started it. */
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
 * The server that an earlier owner left running on this directory, or null. `marker` is what only its command line holds;
 * `pidFile` is written by the server itself and serves where the owner was killed before it wrote the run file.
 *
 * @throws Error when the owner is still alive: its server is not ours to end
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
 * Removes a server's own pid file where that pid is another program's by now. Postgres would take any process of its user for
 * a running server and refuse to start; sessions that outlive a server it still finds by their shared memory.
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
