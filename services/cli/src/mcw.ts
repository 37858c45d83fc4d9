import type { Context } from './context.ts';
import { mcwExitCodes } from './exit-codes.ts';
import { runMcw } from './run-mcw.ts';

const stopping = new AbortController();
/** How the program was told to stop. */
let stopped: number | null = null;
const stop = (exitCode: number) => {
  stopped ??= exitCode;
  stopping.abort();
};
// The commands about event logs may be ended at any point, as Node does it by itself.
const [, , group, command = ''] = process.argv;
if (group !== 'events' || ['list', 'tail', 'show'].includes(command)) {
  process.once('SIGINT', () => stop(mcwExitCodes.interrupted));
  process.once('SIGTERM', () => stop(mcwExitCodes.terminated));
}
// The reader has enough, as `head` has.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stop(0);
});

const { env, stdin, stdout, stderr } = process;
const context: Context = { env, stdin, stdout, stderr, signal: stopping.signal };

const exitCode = await runMcw(context, process.argv.slice(2), () => stopped);
if (exitCode !== 0) process.exitCode = exitCode;
