import { ChildProcess } from 'node:child_process';

const server = /(^|\/)(postgres|initdb|nats-server|redis-server)$/;
const built = /\/(packages|services|tests)\/(.+\/)?dist\//;

type Spawn = (this: ChildProcess, options: { file: string; args?: readonly string[] }) => unknown;

// Every asynchronous way to start a process ends in this method.
const prototype = ChildProcess.prototype as unknown as { spawn: Spawn };
const { spawn } = prototype;

/** The set-up for quick specs: a spec that starts a server, or a program from `dist`, fails with advice. */
prototype.spawn = function (options) {
  const found = [options.file, ...(options.args ?? [])].find((part) => server.test(part) || built.test(part));
  if (found !== undefined) {
    throw new Error(
      `A quick spec starts ${found}. Start it through a module that vitest/server-needs.ts lists, or add the module to that list.`,
    );
  }
  return spawn.call(this, options);
};
