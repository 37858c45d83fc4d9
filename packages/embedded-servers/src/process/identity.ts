import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * Identifies a process safely across restarts: a pid can be reused, but a pid together with its start time cannot.
 * `startedAt` is opaque: boot id and clock ticks on Linux, the start time of `ps` elsewhere.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

const run = promisify(execFile);

/** Resolves to the identity of a running process, or null if there is none with that pid. A zombie is not running. */
export const identifyProcess = async (pid: number): Promise<ProcessIdentity | null> => {
  if (pid <= 0) return null;
  const startedAt = process.platform === 'linux' ? await startOnLinux(pid) : await askPs(pid, 'lstart=');
  return startedAt ? { pid, startedAt } : null;
};

/** Whether the identified process is still running. */
export const isRunning = async ({ pid, startedAt }: ProcessIdentity): Promise<boolean> =>
  (await identifyProcess(pid))?.startedAt === startedAt;

/** The command line of a process, with a space after each argument. Empty if the process is gone. */
export const commandLineOf = async (pid: number): Promise<string> => {
  if (process.platform !== 'linux') return `${await askPs(pid, 'command=')} `;
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
};

const startOnLinux = async (pid: number): Promise<string> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may contain spaces. The third is the state, the 22nd the start time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return '';
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return `${bootId}:${fields[19]}`;
  } catch {
    return '';
  }
};

const askPs = async (pid: number, field: string): Promise<string> => {
  try {
    return (await run('ps', ['-ww', '-o', field, '-p', String(pid)], { env: { LC_ALL: 'C' } })).stdout.trim();
  } catch {
    return '';
  }
};
