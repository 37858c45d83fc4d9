import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A disk of 8 MiB, seen only by the process that is started on it. */
export interface SmallDisk {
  /** The command that runs the one given after it, in the same process, with the disk as its working directory. */
  readonly within: readonly string[];
  /** Fills the disk of the process with that id. */
  readonly fill: (pid: number) => Promise<void>;
  /** Deletes what filled it. */
  readonly clear: (pid: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

const mounting = ['unshare', '--user', '--map-root-user', '--mount', 'sh', '-c'];

/** Why this machine cannot give a process a disk of its own; null if it can. */
export const noSmallDisk: string | null = (() => {
  const [program = '', ...args] = mounting;
  const tried = spawnSync(program, [...args, 'mount -t tmpfs -o size=1m none /mnt']);
  return tried.status === 0 ? null : 'needs unshare and user namespaces, to mount a disk for one process';
})();

export const startSmallDisk = async (): Promise<SmallDisk> => {
  const folder = await mkdtemp(join(tmpdir(), 'mission-control-disk-'));
  // Only the process sees the mount. Others reach it through its working directory.
  const file = (pid: number) => `/proc/${pid}/cwd/old-backup`;
  return {
    within: [...mounting, `mount -t tmpfs -o size=8m none ${folder} && cd ${folder} && exec "$@"`, 'sh'],
    fill: (pid) => writeFile(file(pid), Buffer.alloc(7.8 * 1024 * 1024)),
    clear: (pid) => rm(file(pid)),
    stop: () => rm(folder, { recursive: true }),
  };
};
