import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Waits for the end of its input, which comes when this process closes it or dies for any reason. Then it ends every process that is
 * recorded in the folder, except the guarding process itself, and removes the folder. The records are `LOCK` and `services.json` of a
 * whole system (its supervisor is ended before the services that it would restart) and `*.run.json` of embedded servers. A database's
 * sessions outlive it briefly and may still write, hence the repetition.
 */
const script = `
while read -r _; do :; done
pids=$({
  find "$1" -name LOCK -exec grep -ho '"pid":[0-9]*' {} +
  find "$1" -name services.json -exec grep -ho '"pid":[0-9]*' {} +
  find "$1" -name '*.run.json' -exec grep -ho '"server":{"pid":[0-9]*' {} +
} | sed 's/.*://' | grep -vx "$2")
for pid in $pids; do kill -s QUIT "$pid"; done
tries=0
for pid in $pids; do
  while kill -0 "$pid" && [ $tries -lt 60 ]; do tries=$((tries + 1)); sleep 0.05; done
  kill -s KILL "$pid"
done
tries=0
while [ -e "$1" ] && [ $tries -lt 600 ]; do rm -rf "$1"; tries=$((tries + 1)); sleep 0.05; done
`;

export interface Guard {
  /** Removes the folder and ends what still runs in it. Resolves when the folder is gone. */
  readonly release: () => Promise<void>;
}

/** Ensures that a folder, and the servers that keep their data in it, do not outlive this process, even if it is killed. */
export const guardFolder = (folder: string): Guard => {
  const guard = spawn('/bin/sh', ['-c', script, 'sh', folder, String(process.pid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(guard, 'exit');
  guard.unref();
  // An idle pipe must not keep a finished test run alive.
  (guard.stdin as unknown as { unref: () => void }).unref();
  return {
    release: async () => {
      guard.ref();
      guard.stdin.end();
      await ended;
    },
  };
};
