import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * A process as one can name it safely across restarts: pids are used again, a pid with its start time is not.
 * `startedAt` is opaque: boot id and clock ticks on Linux, the start time of `ps` elsewhere.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

const run = promisify(execFile);

/** Resolves to the identity of a running process, or null when there is none with that pid. A zombie is not running. */
export const identifyProcess = async (pid: number): Promise<ProcessIdentity | null> => {
  if (pid <= 0) return null;
  const startedAt = process.platform === 'linux' ? await startOnLinux(pid) : await askPs(pid, 'lstart=');
  return startedAt ? { pid, startedAt } : null;
};

/** Whether the process that was identified once is still running. */
export const isRunning = async ({ pid, startedAt }: ProcessIdentity): Promise<boolean> =>
  (await identifyProcess(pid))?.startedAt === startedAt;

/** The command line of a process, a space after each argument; empty when it is gone. */
export const commandLineOf = async (pid: number): Promise<string> => {
  if (process.platform !== 'linux') return `${await askPs(pid, 'command=')} `;
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
};

const startOnLinux = async (pid: number): Promise<string> => {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in parentheses and may hold spaces; the third is the state, the 22nd the start.
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
