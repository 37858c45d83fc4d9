import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { PostgresBinaries } from './binaries.ts';

/** How to run the database's programs. */
export interface RunAs {
  /** The owner of the data directory, if it is not the current user. */
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly command: (
    file: string,
    args: readonly string[],
  ) => { file: string; args: readonly string[]; options: { uid?: number; gid?: number } };
}

const asOurselves: RunAs = { owner: null, command: (file, args) => ({ file, args, options: {} }) };

/** Capabilities that let a process traverse folders closed to its uid. The second is the one that containers usually have. */
const capabilities = ['dac_read_search', 'dac_override'];

/**
 * Postgres does not run as root, so root runs it as `postgres` or, if there is no such user, as `nobody`. That user may not be able to
 * traverse the folders above the program or the data (a clone in a home directory that only root may enter). In that case `setpriv` of
 * util-linux gives it one capability for this, and nothing else.
 *
 * @param dataDir absolute; its parent exists
 * @throws Error if no way works
 */
export const choosePostgresUser = (binaries: PostgresBinaries, dataDir: string): RunAs => {
  if (process.getuid?.() !== 0) return asOurselves;
  const owner = findUser('postgres') ?? findUser('nobody');
  if (!owner) throw new Error(`Postgres does not run as root, and there is no user "postgres" or "nobody".`);
  for (const runAs of [
    plainly(owner),
    ...capabilities.map((capability) => withCapability(owner, capability)),
  ]) {
    if (canReach(runAs, binaries, dataDir)) return runAs;
  }
  throw new Error(
    `Postgres does not run as root, and the user it would run as (uid ${owner.uid}) cannot enter ${dirname(dataDir)} ` +
      `or run ${binaries.postgres}. Move the project and DATA_DIR to a folder that every user may enter, ` +
      'run it as an ordinary user, or set DATABASE_URL to a Postgres server of your own.',
  );
};

const plainly = (owner: { uid: number; gid: number }): RunAs => ({
  owner,
  command: (file, args) => ({ file, args, options: owner }),
});

/**
 * `no_setuid_fixup` is needed because Postgres calls access(2), which ignores the capabilities of every uid but 0
 * unless that bit is set.
 */
const withCapability = (owner: { uid: number; gid: number }, capability: string): RunAs => ({
  owner,
  command: (file, args) => ({
    file: 'setpriv',
    args: [
      `--reuid=${owner.uid}`,
      `--regid=${owner.gid}`,
      '--clear-groups',
      '--no-new-privs',
      '--securebits=+no_setuid_fixup',
      `--inh-caps=-all,+${capability}`,
      `--ambient-caps=-all,+${capability}`,
      `--bounding-set=-all,+${capability}`,
      file,
      ...args,
    ],
    options: {},
  }),
});

/** Tries it: runs the program and looks into the folder, in the same way as the database will. */
const canReach = (runAs: RunAs, binaries: PostgresBinaries, dataDir: string): boolean =>
  [
    [binaries.postgres, '--version'],
    ['/bin/sh', '-c', 'test -x "$1" && test -x "$2"', 'sh', dirname(dataDir), binaries.postgres],
  ].every(([program = '', ...rest]) => {
    const { file, args, options } = runAs.command(program, rest);
    return spawnSync(file, args, { ...options, cwd: '/', stdio: 'ignore' }).status === 0;
  });

const findUser = (name: string): { uid: number; gid: number } | null => {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : null;
};
