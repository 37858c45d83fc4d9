import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Reads pids from standard input, the latest counts. When the input ends, because we closed it or because we died in
 * whatever way, it ends that process, waits for it and removes the folder.
 */
const script = `
pid=
while read -r next; do pid=$next; done
if [ -n "$pid" ] && kill -s "$1" "$pid" 2>/dev/null; then
  while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$2"
`;

export interface Guard {
  /** Names the process to end with us; null when there is none any more. */
  readonly watch: (pid: number | null) => void;
  /** Removes the folder; resolves when it is gone. */
  readonly release: () => Promise<void>;
}

/** Sees to it that a server and its folder do not outlive this process, even when it is killed. */
export const guardFolder = (folder: string, signal: 'QUIT' | 'KILL'): Guard => {
  const guard = spawn('/bin/sh', ['-c', script, 'sh', signal, folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(guard, 'exit');
  guard.unref();
  // An idle pipe must not keep a finished test run alive.
  (guard.stdin as unknown as { unref: () => void }).unref();
  return {
    watch: (pid) => {
      guard.stdin.write(`${pid ?? ''}\n`);
    },
    release: async () => {
      guard.ref();
      guard.stdin.end();
      await ended;
    },
  };
};
