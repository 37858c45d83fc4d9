import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { say, toolchain } from './steps.mjs';

const pollMs = 200;

/** Does the work while no other set-up runs in this clone. The lock of a process that is gone is taken over. */
export const withSetUpLock = async (work, folder = toolchain) => {
  mkdirSync(folder, { recursive: true });
  const lockFile = join(folder, 'set-up.lock');
  await acquire(lockFile);
  const release = () => rmSync(lockFile, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
};

const acquire = async (lockFile) => {
  const mine = `${lockFile}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, startedAt: startOf(process.pid) }));
  let waitingFor = 0;
  try {
    for (;;) {
      // A link appears complete or not at all, unlike a file that is opened and then written.
      if (attempt(() => linkSync(mine, lockFile), 'EEXIST')) return;
      const content = read(lockFile);
      const owner = parse(content);
      if (owner === null || startOf(owner.pid) !== owner.startedAt) {
        takeAway(lockFile, content);
        continue;
      }
      if (waitingFor !== owner.pid)
        say(`waiting for process ${owner.pid}, which is setting up the same clone`);
      waitingFor = owner.pid;
      await delay(pollMs);
    }
  } finally {
    rmSync(mine, { force: true });
  }
};

/** Removes a dead owner's lock, unless another process has just done so and now holds it. */
const takeAway = (lockFile, content) => {
  const aside = `${lockFile}.dead.${process.pid}`;
  if (!attempt(() => renameSync(lockFile, aside), 'ENOENT')) return;
  if (read(aside) !== content) attempt(() => linkSync(aside, lockFile), 'EEXIST');
  rmSync(aside, { force: true });
};

/** Whether the action succeeded. An error with this code means that it did not. */
const attempt = (action, expectedCode) => {
  try {
    action();
    return true;
  } catch (error) {
    if (error.code === expectedCode) return false;
    throw error;
  }
};

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};

const parse = (content) => {
  try {
    return JSON.parse(content);
  } catch {
    return null;
  }
};

/** The start time of a process, in whatever form the system returns it. A pid can be reused, but not this pair. Null: not running. */
const startOf = (pid) => {
  try {
    if (process.platform !== 'linux') {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    }
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return null;
  }
};
